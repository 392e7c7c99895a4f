// Loads every entry of every package by require, which must give the same exports as import.
const { readFileSync } = require('node:fs');

async function main() {
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
  let entries = 0;
  for (const name of Object.keys(dependencies).filter((each) => each.startsWith('@unrolled/'))) {
    const { exports } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8'));
    for (const [entry, target] of Object.entries(exports)) {
      if (!JSON.stringify(target).includes('"require"')) continue;
      const id = name + entry.slice(1);
      const required = Object.keys(require(id)).sort().join();
      const imported = Object.keys(await import(id))
        .filter((key) => key !== 'default' && key !== 'module.exports')
        .sort()
        .join();
      if (required !== imported || required === '')
        throw new Error(`${id} gives ${required} by require, and ${imported} by import`);
      entries += 1;
    }
  }
  console.log(`${entries} entries give the same exports by require and by import`);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
