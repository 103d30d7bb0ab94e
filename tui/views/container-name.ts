/** A column that says a container's name where a list knows its key only. */
import { absentMark } from '../../src/model/format.ts';
import type { ExtraColumn } from './table-view.ts';

export function containerName<Row>(keyOf: (row: Row) => string | undefined): ExtraColumn<Row> {
  return {
    id: 'container',
    title: 'CONTAINER',
    description: 'name of the container it belongs to',
    align: 'left',
    width: 20,
    text: (row, { frame, unicode }) => {
      const key = keyOf(row);
      if (key === undefined) return absentMark(!unicode);
      return frame.model.containers.find((each) => each.key === key)?.name ?? key;
    },
  };
}
