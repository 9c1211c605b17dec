// A reporter for Node's test runner: "passed failed skipped", as script/test sums them. Suites are not
// tests, and what a name filter leaves out was not skipped but not asked for.
export default async function* count(events) {
  let passed = 0, failed = 0, skipped = 0;
  for await (const { type, data } of events) {
    if ((type !== "test:pass" && type !== "test:fail") || data.details?.type === "suite") continue;
    if (data.skip === "test name does not match pattern") continue;
    if (data.skip !== undefined || data.todo !== undefined) skipped++;
    else if (type === "test:pass") passed++;
    else failed++;
  }
  yield `${passed} ${failed} ${skipped}\n`;
}
