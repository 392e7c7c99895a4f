/** The CSV parser, in a separate entry file: a page that reads no CSV does not bundle the package. */
export { default as Papa } from 'papaparse';
