import { writeFileSync } from 'node:fs';
import type { Options } from 'tsup';
import { thirdPartyLicences } from './scripts/licences/third-party.mjs';

/**
 * The common build of every published package: ESM + CJS + declarations.
 *
 * Declarations take most of a build's time and no app reads them, so the root scripts that only run an app
 * leave them out through UNROLLED_SKIP_TYPES (turbo keeps the two builds apart).
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

/**
 * An app's build: one CommonJS command line with what the apps share bundled in; the app's own npm
 * dependencies stay outside.
 *
 * CommonJS, because an app starts a quarter sooner so: Node's ES modules import tfjs-core, which is CommonJS,
 * only after two parsers have read its two megabytes for names.
 */
export function appBuild(options: Options = {}): Options {
  return {
    entry: ['src/cli.ts'],
    format: ['cjs'],
    target: 'node20',
    platform: 'node',
    clean: true,
    splitting: false,
    shims: true,
    outExtension: () => ({ js: '.js' }),
    noExternal: ['@unrolled/app-shared'],
    ...options,
    esbuildOptions(esbuild) {
      // A package that comes later comes by `require` too: two loaders would hold two copies of it.
      esbuild.supported = { 'dynamic-import': false };
    },
    onSuccess: async () => {
      // The app's folder holds ES modules, its `dist` does not.
      writeFileSync('dist/package.json', `${JSON.stringify({ type: 'commonjs' })}\n`);
      if (typeof options.onSuccess === 'function') await options.onSuccess();
    },
    esbuildPlugins: [thirdPartyLicences(), ...(options.esbuildPlugins ?? [])],
  };
}
