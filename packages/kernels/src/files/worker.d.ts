/** A script for a thread: take its address, do not import it. */
export {};
