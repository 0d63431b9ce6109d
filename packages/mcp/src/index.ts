export { type McpOptions, McpOptionsError, type QueryBounds, serveMcp } from './serve-mcp.ts'
