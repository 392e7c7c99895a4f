import type { Options } from 'tsup';
import { thirdPartyLicences } from './scripts/licences/third-party.mjs';

/**
 * What every published package's build shares: ESM + CJS + declarations.
 *
 * Declarations take most of a build's time and no app reads them, so the root scripts that only run an app leave
 * them out through UNROLLED_SKIP_TYPES (turbo keeps the two builds apart).
 *
 * @param compiledIn folders of packages whose parts come in by another way than an import, for their licences
 */
export function packageBuild(
  entry: string[],
  options: Options = {},
  compiledIn: readonly string[] = [],
): Options {
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
    esbuildPlugins: [thirdPartyLicences(compiledIn), ...(options.esbuildPlugins ?? [])],
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
    esbuildPlugins: [thirdPartyLicences(), ...(options.esbuildPlugins ?? [])],
  };
}
