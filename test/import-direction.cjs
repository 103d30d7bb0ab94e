// Which folder may import which (DESIGN: imports point downward only). Run by `npm run lint`; a breach fails it.
// A folder may import itself and the folders listed beside it, nothing else of ours.
const may = {
  'src/kernel': [],
  'src/model': ['src/kernel'],
  'src/sys': ['src/kernel'],
  'src/launch': ['src/sys', 'src/kernel'],
  collectors: ['src/sys', 'src/kernel', 'src/model'],
  'src/live': ['collectors', 'src/model', 'src/sys', 'src/kernel'],
  'src/actions': ['src/launch', 'src/model', 'src/sys', 'src/kernel'],
  'src/export': ['src/model', 'src/kernel'],
  tui: ['src/model', 'src/live', 'src/kernel', 'src/export'],
  'src/cli': ['src', 'collectors', 'tui'],
};
const anchored = (folder) => `^${folder}/`;

module.exports = {
  forbidden: [
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    { name: 'not-resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    ...Object.entries(may).map(([folder, targets]) => ({
      name: `${folder.replace('src/', '')}-imports-downward`,
      severity: 'error',
      from: { path: anchored(folder) },
      to: { path: '^(src|collectors|tui|test)/', pathNot: [folder, ...targets].map(anchored) },
    })),
    {
      name: 'pure-folders-do-no-io',
      severity: 'error',
      from: { path: ['^src/kernel/', '^src/model/'], pathNot: ['^src/model/(?:width|pattern)\\.ts$'] },
      to: { dependencyTypes: ['core', 'npm'], pathNot: ['^node:buffer$'] },
    },
    {
      // The two exceptions are pure functions of text: Unicode's tables of wide characters, and a regular expression engine.
      name: 'pure-libraries-in-pure-folders',
      severity: 'error',
      from: { path: '^src/model/(?:width|pattern)\\.ts$' },
      to: { dependencyTypes: ['core', 'npm'], pathNot: ['node_modules/(?:string-width|re2js)/'] },
    },
    {
      name: 'collectors-are-types-only-on-the-model',
      severity: 'error',
      from: { path: '^collectors/' },
      to: { path: '^src/model/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'koffi-in-one-file',
      severity: 'error',
      from: { pathNot: '^src/sys/koffi\\.ts$' },
      to: { path: 'node_modules/koffi' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'] },
  },
};
