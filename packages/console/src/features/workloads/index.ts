export { workloadsRoutes } from './routes.tsx'
