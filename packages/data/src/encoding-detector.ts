/**
 * The encoding detector, in a separate entry file: a page that decodes nothing does not bundle its tables.
 */
export { analyse as analyseEncodings } from 'chardet';
