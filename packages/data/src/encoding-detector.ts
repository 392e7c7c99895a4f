/**
 * The detector of encodings in a file that is built by itself: a page that decodes nothing then drops its
 * tables.
 */
export { analyse as analyseEncodings } from 'chardet';
