/** Opening hours of a week in one line: days in a row with the same hours are said once. */
export function hoursText(hours: readonly string[], name: (day: number) => string): string {
  const said: string[] = [];
  for (let day = 0; day < hours.length; ) {
    let last = day;
    while (last + 1 < hours.length && hours[last + 1] === hours[day]) last += 1;
    if (hours[day]) said.push(`${last === day ? name(day) : `${name(day)}–${name(last)}`} ${hours[day]}`);
    day = last + 1;
  }
  return said.join("; ");
}
