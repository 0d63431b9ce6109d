import { expect, test } from 'vitest'
import { compilerOf, complaints } from './typescript/typescript-version.ts'

const INSTALL_AND_COMPILE_MS = 420_000

test.for(['5.4', '5.9', '7'])(
  'a program that uses rows, parameters and options compiles with TypeScript %s',
  { timeout: INSTALL_AND_COMPILE_MS },
  async (version, context) => {
    const compiler = await compilerOf(version)
    // Without a way to the package index there is no compiler to ask; the report says so.
    if (compiler.kind === 'unavailable') return context.skip(compiler.reason)
    expect(await complaints(compiler.tsc)).toBe('')
  },
)
