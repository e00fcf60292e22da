// Runs each line of its input as a statement and answers it with one line: {"rows": [...]} or {"error": "..."}.
import { createInterface } from 'node:readline';
import { BasicAuth, Trino } from 'trino-client';

const trino = Trino.create({ server: process.argv[2], auth: new BasicAuth('node') });

for await (const sql of createInterface({ input: process.stdin })) {
  let answer;
  try {
    const rows = [];
    for await (const page of await trino.query(sql)) {
      if (page.error) throw new Error(`${page.error.errorName}: ${page.error.message}`);
      rows.push(...(page.data ?? []));
    }
    answer = { rows };
  } catch (error) {
    answer = { error: String(error) };
  }
  console.log(JSON.stringify(answer));
}
