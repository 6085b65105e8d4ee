export { createRoutes } from './routes.tsx'
