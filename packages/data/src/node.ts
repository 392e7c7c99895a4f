export { type CsvFileOptions, readCsvFile, readCsvFileSeries } from './csv/read-csv-file';
export { defaultCacheDirectory } from './text/cache-directory';
export { type FileCorpus, type OpenCorpusOptions, openCorpus } from './text/open-corpus';
export { readTextFile } from './text/read-text-file';
