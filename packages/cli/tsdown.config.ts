import { defineConfig } from 'tsdown'

export default defineConfig({
  entry: 'src/main.ts',
  format: 'esm',
  deps: { onlyBundle: [] },
  fixedExtension: false,
  hash: false,
  sourcemap: true,
})
