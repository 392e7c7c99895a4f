import type { Plugin } from 'esbuild';

export function thirdPartyLicences(others?: readonly string[]): Plugin;
