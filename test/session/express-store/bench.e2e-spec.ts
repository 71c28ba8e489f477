import { ExpressSessionStore } from '../../../libs/upbond-auth/src/session/store/express-session-store.js';
import { PostgresServer } from '../../support/postgres-server.js';
import { nextOf, storedSession } from '../redis/store-contract.js';
import { makeTable, pgPool, pgStore } from './stores.js';
it('bench', async () => {
  const server = await PostgresServer.start();
  const pool = pgPool(server); await makeTable(pool);
  const raw = pgStore(pool);
  const s = new ExpressSessionStore(raw);
  const ids: string[] = [];
  for (let i=0;i<500;i++){ const x=storedSession({sealed:'x'.repeat(4000)}); await s.create(x); ids.push(x.id); if(i%2){ await s.update(nextOf(x,{sealed:'y'.repeat(4000)})); await s.touch(x.id,x);} }
  const get=(k:string)=>new Promise((r)=>raw.get(k,(_e,v)=>r(v)));
  const ways: Record<string,(id:string)=>Promise<unknown>> = {
    'one get': (id)=>get(id),
    'two parallel': (id)=>Promise.all([get(id),get(id+'.2')]),
    'two in turn': async(id)=>{await get(id); await get(id+'.2');},
    'three parallel': (id)=>Promise.all([get(id),get(id+'.2'),get(id+'.used')]),
    'one, then two': async(id)=>{await get(id); await Promise.all([get(id+'.2'),get(id+'.used')]);},
    'adapter.read': (id)=>s.read(id),
    'adapter.touch': (id)=>s.touch(id,{lastSeenAt:Math.floor(Date.now()/1000)+5,idleExpiresAt:Math.floor(Date.now()/1000)+3600}),
  };
  for (let round=0;round<2;round++) for (const [n,f] of Object.entries(ways)) {
    const t:number[]=[]; for(let i=0;i<1500;i++){const a=performance.now(); await f(ids[i%500]!); t.push(performance.now()-a);} t.sort((a,b)=>a-b);
    const a=performance.now(); let k=0; await Promise.all(Array.from({length:32},async()=>{while(k<3000) await f(ids[k++%500]!);}));
    const rate=3000/(performance.now()-a)*1000;
    if(round) console.log(n.padEnd(16),'p50',t[750]!.toFixed(2),'p99',t[1485]!.toFixed(2),'ms;',rate.toFixed(0),'/s at 32');
  }
  await pool.end(); await server.stop();
}, 300000);
