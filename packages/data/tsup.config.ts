import { defineConfig } from 'tsup';
import { packageBuild } from '../../tsup.base';

// Files of their own, with their parsers and tables, so that a page that reads no CSV and decodes nothing
// drops them; and what they share with the rest, which would stand in one file with them otherwise.
const apart = [
  ...['src/csv/read-csv.ts', 'src/csv/price-columns.ts', 'src/csv/parser.ts'],
  ...['src/encoding-detector.ts', 'src/refuse.ts'],
];
export default defineConfig(packageBuild(['src/index.ts', 'src/node.ts', ...apart]));
