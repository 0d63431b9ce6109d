import { defineConfig } from 'tsdown'

export default defineConfig({
  entry: ['src/index.ts', 'src/wire.ts'],
  format: ['esm', 'cjs'],
  deps: { onlyBundle: [] },
  fixedExtension: false,
  hash: false,
  dts: { compilerOptions: { stripInternal: true } },
  sourcemap: true,
})
