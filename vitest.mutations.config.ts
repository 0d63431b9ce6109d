import { fileURLToPath } from 'node:url'
import { defineConfig, mergeConfig, type Plugin } from 'vitest/config'
import { MUTATION_VARIABLE, type Mutation, mutate } from './test/mutations/mutation.ts'
import { MUTATIONS } from './test/mutations/mutation-table.ts'
import tests from './vitest.config.ts'

/** Builds the tests with one deliberate defect, named by the environment. Sources and packages stay as they are. */
export default mergeConfig(tests, defineConfig({ plugins: [defect(named(process.env[MUTATION_VARIABLE]))] }))

function named(name: string | undefined): Mutation {
  const mutation = MUTATIONS.find((it) => it.name === name)
  if (!mutation) throw new Error(`${MUTATION_VARIABLE} names no mutation: ${name}`)
  return mutation
}

function defect(mutation: Mutation): Plugin {
  const path = fileURLToPath(new URL(mutation.file, import.meta.url))
  return {
    name: 'deliberate-defect',
    enforce: 'pre',
    transform: (source, id) => (id === path ? mutate(source, mutation) : undefined),
  }
}
