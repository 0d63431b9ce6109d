import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'tsdown'

const shared = { deps: { onlyBundle: [] }, fixedExtension: false, hash: false, sourcemap: true } as const

/** TypeScript before 5.7 knows no type arguments of typed arrays. Ours are the defaults, or matter only internally. */
function writeForOlderTypeScript({ outDir }: { outDir: string }): void {
  for (const name of readdirSync(outDir).filter((it) => /\.d\.c?ts$/.test(it))) {
    const file = join(outDir, name)
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/<ArrayBuffer(Like)?>/g, ''))
  }
}

/** CommonJS requires `apache-arrow`, as a program in it does: the classes are then the same, and tests of Jest have no `import()`. */
const requireArrow = {
  name: 'require-arrow',
  renderChunk(code: string, _chunk: unknown, { format }: { format: string }) {
    return format === 'cjs' ? code.replace('import("apache-arrow")', 'require("apache-arrow")') : undefined
  },
}

export default defineConfig([
  {
    entry: ['src/index.ts', 'src/wire.ts'],
    format: ['esm', 'cjs'],
    plugins: [requireArrow],
    dts: { compilerOptions: { stripInternal: true } },
    onSuccess: writeForOlderTypeScript,
    ...shared,
  },
  // The program of the transport thread: both formats start it as a file next to them.
  { entry: 'src/transport/transport-worker.ts', format: 'esm', dts: false, ...shared },
])
