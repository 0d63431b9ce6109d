import { defineConfig } from 'tsdown'

export default defineConfig({
  entry: ['src/index.ts', 'src/console.ts', 'src/engine-process.ts'],
  format: 'esm',
  copy: 'src/console/page',
  deps: { onlyBundle: [] },
  fixedExtension: false,
  hash: false,
  dts: true,
  sourcemap: true,
})
