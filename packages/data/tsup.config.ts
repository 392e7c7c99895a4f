import { defineConfig } from 'tsup';
import { packageBuild } from '../../tsup.base';

// Separate files, with their parsers and tables, so a page that reads no CSV and decodes nothing drops them;
// and the code that they share with the rest, which would otherwise be in one file with them.
const apart = [
  ...['src/csv/read-csv.ts', 'src/csv/price-columns.ts', 'src/csv/parser.ts'],
  ...['src/encoding-detector.ts', 'src/refuse.ts'],
];
export default defineConfig(packageBuild(['src/index.ts', 'src/node.ts', ...apart]));
