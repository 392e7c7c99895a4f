/** The script of a worker thread. Pass its address to `workerUrl`; do not import it. */
export {};
