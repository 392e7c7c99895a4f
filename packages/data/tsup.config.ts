import { defineConfig } from 'tsup';
import { packageBuild } from '../../tsup.base';

// The CSV records are a file of their own, so that a page that reads no CSV drops the parser.
export default defineConfig(packageBuild(['src/index.ts', 'src/node.ts', 'src/csv/records.ts']));
