import { defineConfig } from 'tsdown'

const shared = { deps: { onlyBundle: [] }, fixedExtension: false, hash: false, sourcemap: true } as const

export default defineConfig([
  {
    entry: ['src/index.ts', 'src/wire.ts'],
    format: ['esm', 'cjs'],
    dts: { compilerOptions: { stripInternal: true } },
    ...shared,
  },
  // The program of a thread, which both formats start by its place beside them.
  { entry: 'src/transport/transport-worker.ts', format: 'esm', dts: false, ...shared },
])
