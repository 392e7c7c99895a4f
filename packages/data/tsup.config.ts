import { defineConfig } from 'tsup';
import { packageBuild } from '../../tsup.base';

// The parser and the detector are files of their own, so that a page that reads no CSV and decodes nothing drops them.
const apart = ['src/csv/parser.ts', 'src/encoding-detector.ts'];
export default defineConfig(packageBuild(['src/index.ts', 'src/node.ts', ...apart]));
