import type { Options } from 'tsup';

/**
 * What every published package's build shares: ESM + CJS + declarations.
 *
 * Declarations take most of a build's time and no app reads them, so the root scripts that only run an app leave
 * them out through UNROLLED_SKIP_TYPES (turbo keeps the two builds apart).
 */
export function packageBuild(entry: string[], options: Options = {}): Options {
  return {
    entry,
    format: ['esm', 'cjs'],
    target: 'es2022',
    platform: 'neutral',
    dts: process.env.UNROLLED_SKIP_TYPES
      ? false
      : { compilerOptions: { ignoreDeprecations: '6.0', customConditions: [] } },
    sourcemap: true,
    clean: true,
    treeshake: true,
    splitting: true,
    external: [/^node:/],
    ...options,
  };
}

/** An app's build: one ESM command line with what the apps share bundled in; the app's own npm dependencies stay outside. */
export function appBuild(options: Options = {}): Options {
  return {
    entry: ['src/cli.ts'],
    format: ['esm'],
    target: 'node20',
    platform: 'node',
    clean: true,
    // Some bundled packages are CommonJS and call `require` for what Node ships.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    noExternal: ['@unrolled/app-shared'],
    ...options,
  };
}
