import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Tests read the sources of every package, so that a change shows at once and coverage maps to real lines. */
export default defineConfig({
  resolve: {
    alias: [
      { find: /^e6data-connector$/, replacement: source('./packages/connector/src/index.ts') },
      { find: /^e6data-connector\/wire$/, replacement: source('./packages/connector/src/wire.ts') },
      {
        find: /^e6data-local-cluster\/console$/,
        replacement: source('./packages/local-cluster/src/console.ts'),
      },
      { find: /^e6data-local-cluster$/, replacement: source('./packages/local-cluster/src/index.ts') },
      { find: /^e6data-kysely$/, replacement: source('./packages/kysely-dialect/src/index.ts') },
      { find: /^e6data-redis-store$/, replacement: source('./packages/redis-store/src/index.ts') },
      { find: /^e6data-mcp$/, replacement: source('./packages/mcp/src/index.ts') },
    ],
  },
  test: {
    include: ['packages/*/{src,test}/**/*.test.ts', 'test/**/*.test.ts', 'examples/**/*.test.ts'],
    setupFiles: [source('./test/setup.ts')],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
