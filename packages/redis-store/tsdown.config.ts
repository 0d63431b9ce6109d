import { defineConfig } from 'tsdown'

export default defineConfig({
  entry: 'src/index.ts',
  format: ['esm', 'cjs'],
  deps: { onlyBundle: [] },
  fixedExtension: false,
  hash: false,
  dts: true,
  sourcemap: true,
})
