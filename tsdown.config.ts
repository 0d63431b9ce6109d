import { defineConfig } from 'tsdown'

/** Builds every package in one process; each says what it is in a file of its own. The target is its `engines.node`. */
export default defineConfig({ workspace: 'packages/*' })
