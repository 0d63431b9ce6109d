import { defineConfig } from 'tsdown'

const shared = { deps: { onlyBundle: [] }, fixedExtension: false, hash: false, sourcemap: true } as const

export default defineConfig([
  {
    entry: ['src/index.ts', 'src/console.ts'],
    format: ['esm', 'cjs'],
    // In CommonJS, too, the page's files and the engine's program are found relative to the built file.
    shims: true,
    copy: 'src/console/page',
    dts: true,
    ...shared,
  },
  // The program of an engine's process, which both formats start.
  { entry: 'src/engine-process.ts', format: 'esm', dts: false, ...shared },
])
