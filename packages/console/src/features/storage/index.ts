export { storageRoutes } from './routes.tsx'
