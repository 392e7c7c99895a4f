import type { Options } from 'tsup';

/** What every published package's build shares: ESM + CJS + declarations, with the private `@unrolled/errors` bundled in. */
export function packageBuild(entry: string[], options: Options = {}): Options {
  return {
    entry,
    format: ['esm', 'cjs'],
    target: 'es2022',
    platform: 'neutral',
    dts: {
      resolve: ['@unrolled/errors'],
      compilerOptions: { ignoreDeprecations: '6.0', customConditions: [] },
    },
    sourcemap: true,
    clean: true,
    treeshake: true,
    splitting: true,
    external: [/^node:/],
    noExternal: ['@unrolled/errors'],
    ...options,
  };
}

/** An app's build: one ESM command line with what the apps share bundled in; the npm dependencies stay outside. */
export function appBuild(options: Options = {}): Options {
  return {
    entry: ['src/cli.ts'],
    format: ['esm'],
    target: 'node20',
    platform: 'node',
    clean: true,
    treeshake: true,
    noExternal: ['@unrolled/app-shared', '@unrolled/errors'],
    ...options,
  };
}
