/** The CSV parser in a file that is built by itself: a page that reads no CSV then drops the package. */
export { default as Papa } from 'papaparse';
