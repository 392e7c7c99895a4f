export { readCsvFile } from './read-csv-file';
export { readTextFile } from './read-text-file';
