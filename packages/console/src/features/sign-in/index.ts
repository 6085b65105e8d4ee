export { takeCodeFromAddress } from './one-time-code.ts'
export { signInRoutes } from './routes.tsx'
