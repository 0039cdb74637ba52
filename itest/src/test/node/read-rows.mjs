// Prints the rows that are inserted into a table as JSON, one a line, and ends after so many of them.
import ZongJi from '@vlasky/zongji';

const [port, user, password, schema, table, count] = process.argv.slice(2);
const client = new ZongJi({ host: '127.0.0.1', port: Number(port), user, password });
let left = Number(count);

client.on('error', (error) => {
  console.error(error);
  process.exit(1);
});
client.on('binlog', (event) => {
  for (const row of event.rows ?? []) {
    console.log(JSON.stringify(row));
    left -= 1;
  }
  if (left <= 0) {
    client.stop();
    process.exit(0);
  }
});
client.start({
  serverId: 4711,
  filename: 'binlog.000001',
  position: 4,
  includeEvents: ['rotate', 'tablemap', 'writerows'],
  includeSchema: { [schema]: [table] },
});
