// The function around a file that src/sys/compiled.ts loads: what it calls, with what the file itself knows as its `require`.
import { join } from 'node:path';

/** Banner and footer for esbuild. */
export async function around({ build }, root) {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'src/sys/on-demand.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    minifySyntax: true,
    minifyWhitespace: true,
  });
  const onDemand = outputFiles[0].text.replace(/export\{\w+\};\s*$/, '');
  // In two, so that no name of the file is one that its `require` uses later.
  return {
    banner: {
      js: `(function(module,directory,file,loadCompiled,packages,first){
        ${onDemand};
        const loadLater=()=>loadCompiled(directory,file.replace('.js','-later.js'),packages,module.exports);
        (function(exports,module,__dirname,__filename,require){`,
    },
    footer: {
      js: `})(module.exports,module,directory,directory+'/'+file,requireOnDemand(packages,loadLater,first))})`,
    },
  };
}
