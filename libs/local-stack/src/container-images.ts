/** Those of docker-compose.yml. */
export const containerImages = { redis: 'redis:7.4.6', kafka: 'apache/kafka:4.3.1' } as const;
