export { signInRoutes } from './routes.tsx'
