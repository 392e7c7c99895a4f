/**
 * The compiled module of this package, a WebAssembly.Module, on hosts that compile imported `.wasm` files.
 */
declare const module: object;
export default module;
