/**
 * A compiled module of this package, as hosts give it that compile what is imported: a WebAssembly.Module.
 */
declare const module: object;
export default module;
