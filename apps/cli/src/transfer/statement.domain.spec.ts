import { describe, expect, it } from '@jest/globals';

import { readStatement } from './statement.domain.js';

const head = 'currency,amount,reference,payer,remark,remittance_code,booked_on';

describe('a bank statement', () => {
  it('is read to the fen, with quotes, commas and line ends in its cells', () => {
    const text = `\uFEFF${head}\r\ncny,"1,000.00",TT-1,"上海 ""某某"" 有限公司","first\nsecond, line",,2026-11-22\r\n\r\nUSD,5,TT-2,Acme,,AL-2,\n`;
    expect(readStatement(text)).toEqual([
      {
        currency: 'CNY',
        minorUnits: 100_000n,
        reference: 'TT-1',
        payer: '上海 "某某" 有限公司',
        remark: 'first second, line',
        remittanceCode: null,
        bookedOn: '2026-11-22',
      },
      {
        currency: 'USD',
        minorUnits: 500n,
        reference: 'TT-2',
        payer: 'Acme',
        remark: null,
        remittanceCode: 'AL-2',
        bookedOn: null,
      },
    ]);
  });

  it('finds its columns by their names, whatever their order', () => {
    const [line] = readStatement('Payer,Reference,Amount,Currency\nAcme,TT-1,99.5,USD');
    expect(line).toMatchObject({ payer: 'Acme', reference: 'TT-1', minorUnits: 9_950n, currency: 'USD' });
  });

  it.each([
    ['currency,amount,reference\nUSD,5,TT-1', 'Line 1 of the file: the columns payer are missing'],
    [`${head}\nUSD,5,TT-1,Acme,,,\nUSD,1.005,TT-2,Acme,,,`, 'Line 3 of the file: Expected an amount'],
    [`${head}\nEUR,5,TT-1,Acme,,,`, 'Line 2 of the file: Expected USD or CNY'],
    [`${head}\nUSD,5,,Acme,,,`, 'Line 2 of the file: reference'],
    [`${head}\nUSD,5,TT-1,Acme,,,22.11.2026`, 'Line 2 of the file: bookedOn'],
    [`${head}\nUSD,-5,TT-1,Acme,,,`, 'Line 2 of the file: Expected an amount'],
    [`${head}\nUSD,5,TT-1,"Acme,,,`, 'a quote is not closed'],
  ])('that cannot be read whole is not sent at all: %#', (text, sentence) => {
    expect(() => readStatement(text)).toThrow(sentence);
  });

  it('without lines is none of transfers', () => {
    expect(readStatement(`${head}\n`)).toEqual([]);
  });
});
