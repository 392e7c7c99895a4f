/**
 * Loads a Node built-in module without an import statement, which a bundler for browsers would try to
 * resolve.
 */
export function nodeBuiltin<T>(name: string): T | undefined {
  const process = (globalThis as { process?: { getBuiltinModule?(name: string): unknown } }).process;
  return process?.getBuiltinModule?.(name) as T | undefined;
}
