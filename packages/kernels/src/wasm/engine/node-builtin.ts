/** A Node built-in, found without an import statement, so that bundlers for browsers see none. */
export function nodeBuiltin<T>(name: string): T | undefined {
  const process = (globalThis as { process?: { getBuiltinModule?(name: string): unknown } }).process;
  return process?.getBuiltinModule?.(name) as T | undefined;
}
