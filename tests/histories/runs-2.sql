-- Runs of every kind, of form 2; see README.md.  Run it in an empty database.
BEGIN TRANSACTION;
CREATE TABLE _sqlite_migrations (
  id INTEGER PRIMARY KEY,
  migration_set TEXT,
  name TEXT,
  applied_at TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'detent','m001_initial','');
INSERT INTO "_sqlite_migrations" VALUES(2,'detent','m002_views_and_seals','');
CREATE TABLE decision (
  run INTEGER NOT NULL REFERENCES run (key),
  gate TEXT NOT NULL,
  kind TEXT NOT NULL,
  seq INTEGER NOT NULL,
  how TEXT NOT NULL,
  "by" TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (run, gate)
) STRICT, WITHOUT ROWID;
INSERT INTO "decision" VALUES(1,'approval-2.0.0-1','approval',11,'Edited','root',1795220219804);
INSERT INTO "decision" VALUES(1,'approval-3.0.0-1','approval',16,'Approved','root',1795220219909);
INSERT INTO "decision" VALUES(1,'approval-5.0.0-1','approval',27,'Denied','root',1795220220459);
INSERT INTO "decision" VALUES(1,'doubt-3.0.0-1','doubt',19,'Resolved','root',1795220220023);
INSERT INTO "decision" VALUES(1,'doubt-3.0.0-2','doubt',22,'Resolved','root',1795220220249);
INSERT INTO "decision" VALUES(1,'question-4-0','question',25,'Answered','root',1795220220384);
INSERT INTO "decision" VALUES(2,'limit-3-0','limit',11,'Extended','root',1795220220897);
INSERT INTO "decision" VALUES(2,'loop-2-0','loop',7,'Answered','root',1795220220693);
INSERT INTO "decision" VALUES(3,'approval-2.0.0-1','approval',10,'Cancelled','',1795220221164);
INSERT INTO "decision" VALUES(7,'approval-1.0.0-1','approval',2,'GateExpired','',1795220222873);
CREATE TABLE driver (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES run (key),
  pid INTEGER NOT NULL,
  start_time TEXT NOT NULL,
  boot_id TEXT NOT NULL,
  head_seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  ended INTEGER NOT NULL DEFAULT 0,
  digest BLOB NOT NULL
) STRICT;
INSERT INTO "driver" VALUES(1,1,15467,'1982230','0f385000-a3e3-4124-a6e3-3b187003148d',27,1795220220502,0,X'6E3062D2B70EF8BF969048840ABF4997C59E939C2C9F89E2B137FB161E000F8B');
INSERT INTO "driver" VALUES(2,2,15467,'1982230','0f385000-a3e3-4124-a6e3-3b187003148d',11,1795220220955,0,X'7EF01F2D89C670610D5DD33F6A09639C32B7AE05793D8F16A5EB8209AF796DDD');
INSERT INTO "driver" VALUES(3,3,15467,'1982230','0f385000-a3e3-4124-a6e3-3b187003148d',0,1795220221092,0,X'A6416AEAC729C40F9DE5EB67238F4FCB363F9FE8BE1EE15310782E4FFF2F0513');
INSERT INTO "driver" VALUES(4,4,15467,'1982230','0f385000-a3e3-4124-a6e3-3b187003148d',0,1795220221317,1,X'4701490C3FD04A93707C7B6803AF142EC3B126518F6FC0E3534C04BF05EDDEB3');
INSERT INTO "driver" VALUES(5,6,15467,'1982230','0f385000-a3e3-4124-a6e3-3b187003148d',0,1795220221576,0,X'88423DE8985A59728A6A7523BA21B81F36B87A948B2E3D785EF64806241E48E3');
INSERT INTO "driver" VALUES(6,7,15467,'1982230','0f385000-a3e3-4124-a6e3-3b187003148d',1,1795220222843,0,X'E0A8664A3CA444D700A67C925ED69E9358DD41DB21866D18A4975D89FBA5740D');
INSERT INTO "driver" VALUES(7,8,15467,'1982230','0f385000-a3e3-4124-a6e3-3b187003148d',0,1795220222960,0,X'2E451882BD96E4EE60B9A3F34DADD013157B531D8387004FA59FC42AC437EC84');
INSERT INTO "driver" VALUES(8,9,15467,'1982230','0f385000-a3e3-4124-a6e3-3b187003148d',0,1795220222992,0,X'8D298BDF4587A6A659A9717C2D63944C45DFFA743D20642EED0E4B7AC28421D8');
CREATE TABLE extra (
  run INTEGER NOT NULL REFERENCES run (key),
  seq INTEGER NOT NULL,
  place INTEGER NOT NULL,
  object INTEGER NOT NULL REFERENCES object (id),
  PRIMARY KEY (run, seq, place)
) STRICT, WITHOUT ROWID;
INSERT INTO "extra" VALUES(1,3,0,9);
INSERT INTO "extra" VALUES(1,5,0,12);
INSERT INTO "extra" VALUES(1,11,0,24);
INSERT INTO "extra" VALUES(1,12,0,25);
INSERT INTO "extra" VALUES(1,17,0,29);
INSERT INTO "extra" VALUES(1,18,0,31);
INSERT INTO "extra" VALUES(1,20,0,33);
INSERT INTO "extra" VALUES(1,21,0,34);
INSERT INTO "extra" VALUES(3,3,0,70);
INSERT INTO "extra" VALUES(3,5,0,72);
INSERT INTO "extra" VALUES(8,0,0,95);
INSERT INTO "extra" VALUES(8,1,0,97);
INSERT INTO "extra" VALUES(8,2,0,98);
INSERT INTO "extra" VALUES(8,4,0,103);
INSERT INTO "extra" VALUES(8,5,0,105);
INSERT INTO "extra" VALUES(8,7,0,107);
INSERT INTO "extra" VALUES(8,8,0,109);
CREATE TABLE inbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run INTEGER NOT NULL REFERENCES run (key),
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  at INTEGER NOT NULL,
  refused TEXT,
  digest BLOB NOT NULL
) STRICT;
CREATE TABLE label (
  run INTEGER NOT NULL REFERENCES run (key),
  label TEXT NOT NULL,
  digest BLOB NOT NULL,
  PRIMARY KEY (run, label)
) STRICT, WITHOUT ROWID;
CREATE TABLE message (
  run INTEGER NOT NULL REFERENCES run (key),
  position INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  object INTEGER NOT NULL REFERENCES object (id),
  PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;
INSERT INTO "message" VALUES(1,0,0,3);
INSERT INTO "message" VALUES(1,1,1,5);
INSERT INTO "message" VALUES(1,2,2,7);
INSERT INTO "message" VALUES(1,3,4,11);
INSERT INTO "message" VALUES(1,4,6,15);
INSERT INTO "message" VALUES(1,5,8,17);
INSERT INTO "message" VALUES(1,6,8,18);
INSERT INTO "message" VALUES(1,7,9,20);
INSERT INTO "message" VALUES(1,8,13,26);
INSERT INTO "message" VALUES(1,9,10,22);
INSERT INTO "message" VALUES(1,10,15,27);
INSERT INTO "message" VALUES(1,11,22,36);
INSERT INTO "message" VALUES(1,12,24,38);
INSERT INTO "message" VALUES(1,13,25,40);
INSERT INTO "message" VALUES(1,14,26,41);
INSERT INTO "message" VALUES(1,15,27,43);
INSERT INTO "message" VALUES(1,16,29,45);
INSERT INTO "message" VALUES(2,0,0,47);
INSERT INTO "message" VALUES(2,1,1,48);
INSERT INTO "message" VALUES(2,2,2,49);
INSERT INTO "message" VALUES(2,3,4,50);
INSERT INTO "message" VALUES(2,4,5,52);
INSERT INTO "message" VALUES(2,5,7,53);
INSERT INTO "message" VALUES(2,6,8,54);
INSERT INTO "message" VALUES(2,7,9,55);
INSERT INTO "message" VALUES(2,8,12,57);
INSERT INTO "message" VALUES(2,9,13,58);
INSERT INTO "message" VALUES(2,10,15,59);
INSERT INTO "message" VALUES(2,11,15,60);
INSERT INTO "message" VALUES(2,12,16,61);
INSERT INTO "message" VALUES(2,13,16,62);
INSERT INTO "message" VALUES(2,14,17,64);
INSERT INTO "message" VALUES(2,15,17,65);
INSERT INTO "message" VALUES(3,0,0,67);
INSERT INTO "message" VALUES(3,1,1,68);
INSERT INTO "message" VALUES(3,2,2,69);
INSERT INTO "message" VALUES(3,3,4,71);
INSERT INTO "message" VALUES(3,4,6,73);
INSERT INTO "message" VALUES(3,5,8,74);
INSERT INTO "message" VALUES(3,6,8,75);
INSERT INTO "message" VALUES(3,7,9,76);
INSERT INTO "message" VALUES(3,8,10,78);
INSERT INTO "message" VALUES(4,0,0,80);
INSERT INTO "message" VALUES(4,2,0,81);
INSERT INTO "message" VALUES(6,0,0,84);
INSERT INTO "message" VALUES(6,1,1,85);
INSERT INTO "message" VALUES(6,2,1,86);
INSERT INTO "message" VALUES(7,0,0,88);
INSERT INTO "message" VALUES(7,1,1,89);
INSERT INTO "message" VALUES(7,2,2,91);
INSERT INTO "message" VALUES(7,3,4,92);
INSERT INTO "message" VALUES(8,0,0,94);
INSERT INTO "message" VALUES(8,1,1,96);
INSERT INTO "message" VALUES(8,2,3,102);
INSERT INTO "message" VALUES(8,3,5,104);
INSERT INTO "message" VALUES(8,4,6,106);
INSERT INTO "message" VALUES(8,5,8,108);
INSERT INTO "message" VALUES(9,0,0,100);
INSERT INTO "message" VALUES(9,1,1,101);
CREATE TABLE object (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  digest BLOB NOT NULL
) STRICT;
INSERT INTO "object" VALUES(1,'spec','{"ask_person":true,"at_limit":"ask","graph":"","instructions":"","limits":{"attempts":2,"calls_per_turn":8,"extensions":3,"loop_gates":3,"loop_window":3,"model_turns":15,"notes":3,"repairs":2,"tool_calls":40,"wall_seconds":600},"model":"script:a.json","options":{"keep_alive":1800,"num_ctx":8192,"num_predict":2048},"planner":"model","plans":0,"rules":1,"tools":[{"approval":"never","attempts":2,"calls":0,"description":"Look.","effect":"read","fallback":["look2"],"name":"look","output_cap":0,"parallel":false,"parameters":"{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},\"additionalProperties\":false,\"required\":[\"n\"]}","timeout":60000,"version":1},{"approval":"never","attempts":2,"calls":0,"description":"Look again.","effect":"read","fallback":[],"name":"look2","output_cap":0,"parallel":false,"parameters":"{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},\"additionalProperties\":false,\"required\":[\"n\"]}","timeout":60000,"version":1},{"approval":"never","attempts":2,"calls":0,"description":"Put.","effect":"idempotent","fallback":[],"name":"put","output_cap":0,"parallel":false,"parameters":"{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},\"additionalProperties\":false,\"required\":[\"n\"]}","timeout":60000,"version":1},{"approval":"always","attempts":2,"calls":0,"description":"Pay.","effect":"once","fallback":[],"name":"pay","output_cap":0,"parallel":false,"parameters":"{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},\"additionalProperties\":false,\"required\":[\"n\"]}","timeout":60000,"version":1},{"approval":"never","attempts":2,"calls":0,"description":"Read on in the result of an earlier call that was too long to be shown whole.","effect":"read","fallback":[],"name":"read_output","output_cap":0,"parallel":false,"parameters":"{\"type\":\"object\",\"properties\":{\"handle\":{\"type\":\"string\",\"description\":\"the handle that was given with the shortened result\"},\"offset\":{\"type\":\"integer\",\"description\":\"the first character to read, counted from 0\",\"default\":0},\"length\":{\"type\":\"integer\",\"description\":\"how many characters to read, at most 65536\",\"default\":8192}},\"additionalProperties\":false,\"required\":[\"handle\"]}","timeout":60000,"version":1}]}',X'3BAE776B1EF681FDBF3CB88628B8FD4D9A3958C20CB59EBBEEF5871795EE8406');
INSERT INTO "object" VALUES(2,'guards','{"guards":{},"lost":{},"taken":"begun"}',X'62A5B825506423824F9381603DEBEB5A058CFBDFED47E0C057AB2CF37665E2EE');
INSERT INTO "object" VALUES(3,'goal','Everything.',X'44B377D7AD4A50E1BF9FD008BCBC108452CF83319ADC2D05EAC8A0C3A6F0B670');
INSERT INTO "object" VALUES(4,'guards','{"guards":{"a_gate_is_open":false,"plan_ends_the_run":false,"plan_gives_up":false,"plan_has_calls":true,"plan_is_a_question":false,"plan_is_an_answer":false,"reply_is_unusable":false,"the_run_has_failed":false},"lost":{"answered":["plan_ends_the_run"],"calls_ask":["a_gate_is_open"],"gave_up":["plan_gives_up"],"no_repair_plan":["reply_is_unusable","the_run_has_failed"],"note_unseen":["plan_is_an_answer"],"note_unseen_at_limit":["plan_is_an_answer","a_gate_is_open"],"question":["plan_is_a_question"],"refused_plan":["reply_is_unusable"]},"taken":"calls"}',X'A734EAFF45ABAF4E0CCDA095198FD5ED18018F25BCED1DC85430EABD625AB0FB');
INSERT INTO "object" VALUES(5,'turn','{"calls":[{"arguments":{"n":1},"tool":"look"},{"arguments":{"n":2},"tool":"look"},{"arguments":{"n":3},"tool":"put"}]}',X'8DC362B565806FE5D6BE481303A4A7922C9ACE4D04A2976A24EF32E125704CCE');
INSERT INTO "object" VALUES(6,'guards','{"guards":{"a_call_can_run":true,"a_gate_is_open":false,"cancelling":false},"lost":{"returned_ask":["a_gate_is_open","a_call_can_run"],"returned_cancelled":["cancelling","a_call_can_run"],"returned_last":["a_call_can_run"]},"taken":"returned"}',X'DCA412C8337A03073DA1C2681E0341271E24187A713C36F2F25986D5A169760F');
INSERT INTO "object" VALUES(7,'result','saw 1',X'7F53FDAD6316945BA8469798CE6DA8CA89861ED42E20E00857B7DB5AE5A9300C');
INSERT INTO "object" VALUES(8,'guards','{"guards":{"a_call_can_run":true,"a_gate_is_open":false,"cancelling":false},"lost":{"failed_ask":["a_gate_is_open","a_call_can_run"],"failed_cancelled":["cancelling","a_call_can_run"],"failed_last":["a_call_can_run"]},"taken":"failed"}',X'54CB1D38355B3B7DB0AAA7C6AFCDE3276CD0D42B072295D691FAA7981CB152FE');
INSERT INTO "object" VALUES(9,'error','{"available_alternatives":[],"error":"tool_error","message":"nothing there"}',X'B142F5D966937FA23666DC76370DD64ECC7730E9FE72A9D99D43778B2F6F8D31');
INSERT INTO "object" VALUES(10,'guards','{"guards":{},"lost":{},"taken":"started"}',X'584CCA6CA030BE6B2F8B6ACC01633CD3476CF0CB22DC7E75088088CC23FF83A3');
INSERT INTO "object" VALUES(11,'result','saw 2 after all',X'A6720784416C50FB80B0534D81B5D468F49B18E89737153999286DADBE205C7C');
INSERT INTO "object" VALUES(12,'attempt','{"attempt":1,"boot":"0f385000-a3e3-4124-a6e3-3b187003148d","call":"1.2.0","marker":"15467.1982230.0f385000a3e3","pid":15467,"since":19823889,"start":"1982230"}',X'AC01BE7E0CEC964683F45C120BE53B463808509ECE79526D707A34AA8DEB56A0');
INSERT INTO "object" VALUES(13,'guards','{"guards":{"a_call_can_run":false,"a_gate_is_open":false,"cancelling":false},"lost":{"returned":["a_call_can_run"],"returned_ask":["a_gate_is_open"],"returned_cancelled":["cancelling"]},"taken":"returned_last"}',X'37A5EF423A75D995CC7F85DB40DD224FDA6CD0383F82EBBEC5D897A37CEFFDCC');
INSERT INTO "object" VALUES(14,'guards','{"guards":{"a_gate_is_open":false},"lost":{"observed_ask":["a_gate_is_open"]},"taken":"observed"}',X'5B5FC8D3954149C293E6804301526C4F9AF35154BA804F96DCC48B6DA4E951DC');
INSERT INTO "object" VALUES(15,'result','put',X'7F62A69EBC08D3FF86C2334957D2A3A259349D7285A47273C137186AF6A98E84');
INSERT INTO "object" VALUES(16,'guards','{"guards":{"reply_is_unusable":true,"the_run_has_failed":false},"lost":{"no_repair_reply":["the_run_has_failed"]},"taken":"refused_reply"}',X'EE6D8436C86EBAC68847265C759D075540924C85792CC2DC7F88D8D1C5C008AF');
INSERT INTO "object" VALUES(17,'refused','{"content":"(no usable reply)"}',X'0B2C422CCB58568473B82A8AACF41049F516E3A8DD3E923F8A590EC8A33641B9');
INSERT INTO "object" VALUES(18,'correction','Your last reply was empty. Answer in plain text, or call one of: look, look2, put, pay, read_output, ask_person.',X'F42F364A12C53642E893AD83E5397EA7051BDE0371F6FD4748911FAF0B0A73B5');
INSERT INTO "object" VALUES(19,'guards','{"guards":{"a_gate_is_open":true,"plan_ends_the_run":false,"plan_gives_up":false,"plan_has_calls":true,"plan_is_a_question":false,"plan_is_an_answer":false,"reply_is_unusable":false,"the_run_has_failed":false},"lost":{"answered":["plan_ends_the_run"],"calls":["a_gate_is_open"],"gave_up":["plan_gives_up"],"no_repair_plan":["reply_is_unusable","the_run_has_failed"],"note_unseen":["plan_is_an_answer","a_gate_is_open"],"note_unseen_at_limit":["plan_is_an_answer"],"question":["plan_is_a_question"],"refused_plan":["reply_is_unusable"]},"taken":"calls_ask"}',X'52E21BE2A2EE7C8FA93D55CA286A2B881E3067A9A5F2B056D4C59E1A61B0C469');
INSERT INTO "object" VALUES(20,'turn','{"calls":[{"arguments":{"n":4},"tool":"pay"}]}',X'D555707FBFC13B7AF63D4365E08E192FB940A7267A2E40D841EBA806F84C46AF');
INSERT INTO "object" VALUES(21,'guards','{"guards":{},"lost":{},"taken":"told_awaiting_approval"}',X'B3CC4425319EDA18987F96FA8CE1DEABBDE5224AB3D6E3DABEC29FB655F3BE15');
INSERT INTO "object" VALUES(22,'note','also look at X',X'1684DC852D11E852DD1B81390BE92B2607A5AC031595DB3FC1D8B8D4C7454320');
INSERT INTO "object" VALUES(23,'guards','{"guards":{"a_call_can_run":true,"a_gate_is_open":false},"lost":{"edited_gates_left":["a_gate_is_open"]},"taken":"edited_runs"}',X'573A4BDFC3B51C0AB2782D0328817A54C1014C8C6F7573D9692B6B38D614F582');
INSERT INTO "object" VALUES(24,'arguments','{"n":44}',X'5C108AB2257BB1AABF464647E3B96BD934EE45B524392152D7E4A5393429CBC8');
INSERT INTO "object" VALUES(25,'attempt','{"attempt":1,"boot":"0f385000-a3e3-4124-a6e3-3b187003148d","call":"2.0.0","marker":"15467.1982230.0f385000a3e3","pid":15467,"since":19824164,"start":"1982230"}',X'473E8D5DCC2E60E780164FB0889E02034F4B1329E34B029CA99CAAE4E6DBA3AA');
INSERT INTO "object" VALUES(26,'result','paid 44',X'C3599BA638F47AE37D4912E6EA044A2A985D5E9EE8A34E6E366D0733805E6A84');
INSERT INTO "object" VALUES(27,'turn','{"calls":[{"arguments":{"n":5},"tool":"pay"}]}',X'7820A63379A39B5A2C5A97D10F817D7222A34D1A8C83665D85C2AD99B98A0122');
INSERT INTO "object" VALUES(28,'guards','{"guards":{"a_call_can_run":true,"a_gate_is_open":false},"lost":{"approved_gates_left":["a_gate_is_open"]},"taken":"approved_runs"}',X'DFDAEEE51DC205CDFF4EBBE58C8618B766747D84D6281F7EB24BF318B40083C2');
INSERT INTO "object" VALUES(29,'attempt','{"attempt":1,"boot":"0f385000-a3e3-4124-a6e3-3b187003148d","call":"3.0.0","marker":"15467.1982230.0f385000a3e3","pid":15467,"since":19824272,"start":"1982230"}',X'9A196B4EBD50C053EA95C1120988B50F62F26CBE51CF9EF690C8D009C2D7C6D0');
INSERT INTO "object" VALUES(30,'guards','{"guards":{"a_call_can_run":false,"a_gate_is_open":true,"cancelling":false},"lost":{"failed":["a_call_can_run"],"failed_cancelled":["cancelling"],"failed_last":["a_gate_is_open"]},"taken":"failed_ask"}',X'F4C41B882CE1992A531D9169D951416A0447FE75934B5E43898C0AF47A427826');
INSERT INTO "object" VALUES(31,'error','{"available_alternatives":[],"error":"tool_error","message":"the line broke"}',X'CEEFCA96E54480D46EA915A2C708F860224EE6255D5D85B70B1FF17FE8EC7B21');
INSERT INTO "object" VALUES(32,'guards','{"guards":{"a_call_can_run":true,"a_gate_is_open":false,"calls_remain":true},"lost":{"resolved_gates_left":["a_gate_is_open"],"resolved_settled":["a_call_can_run"]},"taken":"resolved_runs"}',X'A9478AFBA325A7EA15DAD3358D2CFDE776347DE3F220F4A2A12F82402497F85E');
INSERT INTO "object" VALUES(33,'attempt','{"attempt":2,"boot":"0f385000-a3e3-4124-a6e3-3b187003148d","call":"3.0.0","marker":"15467.1982230.0f385000a3e3","pid":15467,"since":19824477,"start":"1982230"}',X'F10CC99E1A5EB6C8613C3EDDF8FA9D6CC63799C0DC7AC2DA1C7DE0578E6EC261');
INSERT INTO "object" VALUES(34,'error','{"available_alternatives":[],"error":"tool_error","message":"the line broke"}',X'CEEFCA96E54480D46EA915A2C708F860224EE6255D5D85B70B1FF17FE8EC7B21');
INSERT INTO "object" VALUES(35,'guards','{"guards":{"a_call_can_run":false,"a_gate_is_open":false,"calls_remain":true},"lost":{"resolved_gates_left":["a_gate_is_open"],"resolved_runs":["a_call_can_run"]},"taken":"resolved_settled"}',X'0FDF337F016AB441A89EDCF88D8A282FF99677BF85F74110F7E1F014EEA2F9DC');
INSERT INTO "object" VALUES(36,'result','it was paid',X'302BFA3249FC8BA9C4CFC1E1DA835697EF0D97B2B6B4378ACB08D85649C9D8FF');
INSERT INTO "object" VALUES(37,'guards','{"guards":{"a_gate_is_open":true,"plan_ends_the_run":false,"plan_gives_up":false,"plan_has_calls":false,"plan_is_a_question":true,"plan_is_an_answer":false,"reply_is_unusable":false,"the_run_has_failed":false},"lost":{"answered":["plan_ends_the_run"],"calls":["plan_has_calls","a_gate_is_open"],"calls_ask":["plan_has_calls"],"gave_up":["plan_gives_up"],"no_repair_plan":["reply_is_unusable","the_run_has_failed"],"note_unseen":["plan_is_an_answer","a_gate_is_open"],"note_unseen_at_limit":["plan_is_an_answer"],"refused_plan":["reply_is_unusable"]},"taken":"question"}',X'0567418C6A8C28043A570746A057A7AC8AAB103B8AF7CD154E5CE61B722F4918');
INSERT INTO "object" VALUES(38,'turn','{"calls":[{"arguments":{"question":"Which?"},"tool":"ask_person"}]}',X'0B1E025225513BA6BE9F38B304CCD5DB73B960CB9AB651066C30465DF205D4D6');
INSERT INTO "object" VALUES(39,'guards','{"guards":{"a_call_can_run":false,"a_gate_is_open":false,"calls_remain":false},"lost":{"answered_gates_left":["a_gate_is_open"]},"taken":"answered_plans"}',X'DB2D339090B486E090CAA1A7751A6FE73C709DABC6D33DC96971D1238B36467F');
INSERT INTO "object" VALUES(40,'reply','that one',X'CC90D0813B0A3A826BAC82A31B8400B9B918547BF3DEC112C2699D73743B88E6');
INSERT INTO "object" VALUES(41,'turn','{"calls":[{"arguments":{"n":6},"tool":"pay"}]}',X'F2441A13B4C071178CFEEE98C64CF187915F89BC14FB68CF6C101E82938A9F0B');
INSERT INTO "object" VALUES(42,'guards','{"guards":{"a_call_can_run":false,"a_gate_is_open":false,"calls_remain":true},"lost":{"denied_gates_left":["a_gate_is_open"],"denied_plans":["calls_remain"],"denied_runs":["a_call_can_run"]},"taken":"denied_settled"}',X'0F4EA6BAA5CA96E3AF9EB65E62BDB13ADD5B03A2CBC3CBA602EBADF7F51CD9EA');
INSERT INTO "object" VALUES(43,'error','{"available_alternatives":[],"error":"denied","message":"The person said no: not that"}',X'7B15321BCD3B3E9CB348F35074D7F22BF4960FC3BA72336A25A2F0518531183F');
INSERT INTO "object" VALUES(44,'guards','{"guards":{"a_gate_is_open":false,"plan_ends_the_run":true,"plan_gives_up":false,"plan_has_calls":false,"plan_is_a_question":false,"plan_is_an_answer":true,"reply_is_unusable":false,"the_run_has_failed":true},"lost":{"calls":["plan_has_calls","plan_ends_the_run"],"calls_ask":["plan_has_calls","a_gate_is_open","plan_ends_the_run"],"gave_up":["plan_gives_up","plan_ends_the_run"],"no_repair_plan":["reply_is_unusable"],"note_unseen":["plan_ends_the_run"],"note_unseen_at_limit":["a_gate_is_open","plan_ends_the_run"],"question":["plan_is_a_question","plan_ends_the_run"],"refused_plan":["reply_is_unusable","the_run_has_failed"]},"taken":"answered"}',X'1A56727CD88D272929144C1BD2152224295767D5E5AE046B30E62141175713D9');
INSERT INTO "object" VALUES(45,'turn','{"content":"Done."}',X'3A6255D6BAAB82CE9520E3AE0CE0966CB7292DA80D39A140CC68D4D46CF06A00');
INSERT INTO "object" VALUES(46,'spec','{"ask_person":false,"at_limit":"ask","graph":"","instructions":"","limits":{"attempts":3,"calls_per_turn":8,"extensions":1,"loop_gates":1,"loop_window":2,"model_turns":4,"notes":10,"repairs":2,"tool_calls":40,"wall_seconds":600},"model":"script:b.json","options":{"keep_alive":1800,"num_ctx":8192,"num_predict":2048},"planner":"model","plans":0,"rules":1,"tools":[{"approval":"never","attempts":3,"calls":0,"description":"Look.","effect":"read","fallback":["look2"],"name":"look","output_cap":0,"parallel":false,"parameters":"{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},\"additionalProperties\":false,\"required\":[\"n\"]}","timeout":60000,"version":1},{"approval":"never","attempts":3,"calls":0,"description":"Look again.","effect":"read","fallback":[],"name":"look2","output_cap":0,"parallel":false,"parameters":"{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},\"additionalProperties\":false,\"required\":[\"n\"]}","timeout":60000,"version":1},{"approval":"never","attempts":3,"calls":0,"description":"Read on in the result of an earlier call that was too long to be shown whole.","effect":"read","fallback":[],"name":"read_output","output_cap":0,"parallel":false,"parameters":"{\"type\":\"object\",\"properties\":{\"handle\":{\"type\":\"string\",\"description\":\"the handle that was given with the shortened result\"},\"offset\":{\"type\":\"integer\",\"description\":\"the first character to read, counted from 0\",\"default\":0},\"length\":{\"type\":\"integer\",\"description\":\"how many characters to read, at most 65536\",\"default\":8192}},\"additionalProperties\":false,\"required\":[\"handle\"]}","timeout":60000,"version":1}]}',X'44A7F4648BAA8FDCCE67EC5DA78E400508432736E3FE32BEA664E03722DF4CB7');
INSERT INTO "object" VALUES(47,'goal','Loop.',X'1DA436AA74E37C32AEA897E217F7C6A2FAA76ACCD03CF07767A426DA1D8490A7');
INSERT INTO "object" VALUES(48,'turn','{"calls":[{"arguments":{"n":1},"tool":"look"}]}',X'C57D929C29ACE9C064A040D3E7F7599644D5FA1706D2A324F28752DC70589704');
INSERT INTO "object" VALUES(49,'result','saw 1',X'7F53FDAD6316945BA8469798CE6DA8CA89861ED42E20E00857B7DB5AE5A9300C');
INSERT INTO "object" VALUES(50,'turn','{"calls":[{"arguments":{"n":1},"tool":"look"}]}',X'C57D929C29ACE9C064A040D3E7F7599644D5FA1706D2A324F28752DC70589704');
INSERT INTO "object" VALUES(51,'guards','{"guards":{"a_gate_is_open":true},"lost":{"observed":["a_gate_is_open"]},"taken":"observed_ask"}',X'5119E0CD5AB47FBF617B80C2D2CEB6CEC38DA0FBA3E6C3E46620E42F93D14FC1');
INSERT INTO "object" VALUES(52,'result','saw 1',X'7F53FDAD6316945BA8469798CE6DA8CA89861ED42E20E00857B7DB5AE5A9300C');
INSERT INTO "object" VALUES(53,'hint','try another',X'21F77B078163FC6CDE6287EE9A6F0282F1F171F89EEA78D18265486D4A50F2CB');
INSERT INTO "object" VALUES(54,'turn','{"calls":[{"arguments":{"n":1},"tool":"look"}]}',X'C57D929C29ACE9C064A040D3E7F7599644D5FA1706D2A324F28752DC70589704');
INSERT INTO "object" VALUES(55,'result','saw 1',X'7F53FDAD6316945BA8469798CE6DA8CA89861ED42E20E00857B7DB5AE5A9300C');
INSERT INTO "object" VALUES(56,'guards','{"guards":{"a_call_can_run":false,"a_gate_is_open":false,"calls_remain":false},"lost":{"extended_gates_left":["a_gate_is_open"]},"taken":"extended_plans"}',X'144AC10124321E40D049C23BDF21A36048AF7533B36B249908B9A31221DD60BB');
INSERT INTO "object" VALUES(57,'turn','{"calls":[{"arguments":{"n":1},"tool":"look"}]}',X'C57D929C29ACE9C064A040D3E7F7599644D5FA1706D2A324F28752DC70589704');
INSERT INTO "object" VALUES(58,'result','saw 1',X'7F53FDAD6316945BA8469798CE6DA8CA89861ED42E20E00857B7DB5AE5A9300C');
INSERT INTO "object" VALUES(59,'refused','{"content":"(no usable reply)"}',X'0B2C422CCB58568473B82A8AACF41049F516E3A8DD3E923F8A590EC8A33641B9');
INSERT INTO "object" VALUES(60,'correction','Your last reply was empty. Answer now, in plain text.',X'1B17D0D6FC392E7780752DF14BBF119D7AA0E0CD1233E3584026C91DF8DCE649');
INSERT INTO "object" VALUES(61,'refused','{"content":"(no usable reply)"}',X'0B2C422CCB58568473B82A8AACF41049F516E3A8DD3E923F8A590EC8A33641B9');
INSERT INTO "object" VALUES(62,'correction','Your last reply was empty. Answer now, in plain text.',X'1B17D0D6FC392E7780752DF14BBF119D7AA0E0CD1233E3584026C91DF8DCE649');
INSERT INTO "object" VALUES(63,'guards','{"guards":{"reply_is_unusable":true,"the_run_has_failed":true},"lost":{"refused_reply":["the_run_has_failed"]},"taken":"no_repair_reply"}',X'E812FA67F910010BC191D9593061E132111425670E47EB18F09DC5A2E7DD30C0');
INSERT INTO "object" VALUES(64,'refused','{"content":"(no usable reply)"}',X'0B2C422CCB58568473B82A8AACF41049F516E3A8DD3E923F8A590EC8A33641B9');
INSERT INTO "object" VALUES(65,'correction','Your last reply was empty. Answer now, in plain text.',X'1B17D0D6FC392E7780752DF14BBF119D7AA0E0CD1233E3584026C91DF8DCE649');
INSERT INTO "object" VALUES(66,'spec','{"ask_person":true,"at_limit":"finish","graph":"","instructions":"","limits":{"attempts":2,"calls_per_turn":8,"extensions":3,"loop_gates":3,"loop_window":3,"model_turns":15,"notes":3,"repairs":2,"tool_calls":40,"wall_seconds":600},"model":"script:a.json","options":{"keep_alive":1800,"num_ctx":8192,"num_predict":2048},"planner":"model","plans":0,"rules":1,"tools":[{"approval":"never","attempts":2,"calls":0,"description":"Look.","effect":"read","fallback":["look2"],"name":"look","output_cap":0,"parallel":false,"parameters":"{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},\"additionalProperties\":false,\"required\":[\"n\"]}","timeout":60000,"version":1},{"approval":"never","attempts":2,"calls":0,"description":"Look again.","effect":"read","fallback":[],"name":"look2","output_cap":0,"parallel":false,"parameters":"{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},\"additionalProperties\":false,\"required\":[\"n\"]}","timeout":60000,"version":1},{"approval":"never","attempts":2,"calls":0,"description":"Put.","effect":"idempotent","fallback":[],"name":"put","output_cap":0,"parallel":false,"parameters":"{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},\"additionalProperties\":false,\"required\":[\"n\"]}","timeout":60000,"version":1},{"approval":"always","attempts":2,"calls":0,"description":"Pay.","effect":"once","fallback":[],"name":"pay","output_cap":0,"parallel":false,"parameters":"{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},\"additionalProperties\":false,\"required\":[\"n\"]}","timeout":60000,"version":1},{"approval":"never","attempts":2,"calls":0,"description":"Read on in the result of an earlier call that was too long to be shown whole.","effect":"read","fallback":[],"name":"read_output","output_cap":0,"parallel":false,"parameters":"{\"type\":\"object\",\"properties\":{\"handle\":{\"type\":\"string\",\"description\":\"the handle that was given with the shortened result\"},\"offset\":{\"type\":\"integer\",\"description\":\"the first character to read, counted from 0\",\"default\":0},\"length\":{\"type\":\"integer\",\"description\":\"how many characters to read, at most 65536\",\"default\":8192}},\"additionalProperties\":false,\"required\":[\"handle\"]}","timeout":60000,"version":1}]}',X'2DD78B1C67B16320DCC98C106419FC67ECF1DF4975C07D895A6F77A80954352E');
INSERT INTO "object" VALUES(67,'goal','Cancelled.',X'197DF06912CC4B4E6BBDA2748976B8A51E12F7468115516BC1B070FC403711E3');
INSERT INTO "object" VALUES(68,'turn','{"calls":[{"arguments":{"n":1},"tool":"look"},{"arguments":{"n":2},"tool":"look"},{"arguments":{"n":3},"tool":"put"}]}',X'8DC362B565806FE5D6BE481303A4A7922C9ACE4D04A2976A24EF32E125704CCE');
INSERT INTO "object" VALUES(69,'result','saw 1',X'7F53FDAD6316945BA8469798CE6DA8CA89861ED42E20E00857B7DB5AE5A9300C');
INSERT INTO "object" VALUES(70,'error','{"available_alternatives":[],"error":"tool_error","message":"nothing there"}',X'B142F5D966937FA23666DC76370DD64ECC7730E9FE72A9D99D43778B2F6F8D31');
INSERT INTO "object" VALUES(71,'result','saw 2 after all',X'A6720784416C50FB80B0534D81B5D468F49B18E89737153999286DADBE205C7C');
INSERT INTO "object" VALUES(72,'attempt','{"attempt":1,"boot":"0f385000-a3e3-4124-a6e3-3b187003148d","call":"1.2.0","marker":"15467.1982230.0f385000a3e3","pid":15467,"since":19825435,"start":"1982230"}',X'44771C6881A1004A4EF0D91EEB6556E977D9D9FFBDD934AE4B9B9690E815F48A');
INSERT INTO "object" VALUES(73,'result','put',X'7F62A69EBC08D3FF86C2334957D2A3A259349D7285A47273C137186AF6A98E84');
INSERT INTO "object" VALUES(74,'refused','{"content":"(no usable reply)"}',X'0B2C422CCB58568473B82A8AACF41049F516E3A8DD3E923F8A590EC8A33641B9');
INSERT INTO "object" VALUES(75,'correction','Your last reply was empty. Answer in plain text, or call one of: look, look2, put, pay, read_output, ask_person.',X'F42F364A12C53642E893AD83E5397EA7051BDE0371F6FD4748911FAF0B0A73B5');
INSERT INTO "object" VALUES(76,'turn','{"calls":[{"arguments":{"n":4},"tool":"pay"}]}',X'D555707FBFC13B7AF63D4365E08E192FB940A7267A2E40D841EBA806F84C46AF');
INSERT INTO "object" VALUES(77,'guards','{"guards":{},"lost":{},"taken":"cancelled_waiting"}',X'5E07BA2E103864E202BC40ECCAC6EAFA0E2D6D03FDBF0D2388CEFC0504330BD6');
INSERT INTO "object" VALUES(78,'error','{"available_alternatives":[],"error":"cancelled","message":"Not run: the run was ended."}',X'9B11D6E3F0EB26A15C3C9A2F2AF35C56C55DA96E032B2FD156F230A2E6450B9A');
INSERT INTO "object" VALUES(79,'guards','{"guards":{},"lost":{},"taken":"forked"}',X'47FBCD0681EB41E789F8179EBC220C8C56A1C38B940118D945804B6890EF6EF1');
INSERT INTO "object" VALUES(80,'goal','Other.',X'EC3071FAF188B98E322489D973116E910CA36415CA3CFF9323A217E05EDB971E');
INSERT INTO "object" VALUES(81,'result','other',X'0EA80922F44A9C8BAD7BE730189E87AB94EFD8023251A36CC0EC64997CE30F3B');
INSERT INTO "object" VALUES(82,'spec','{"ask_person":true,"at_limit":"ask","graph":"","instructions":"","limits":{"attempts":2,"calls_per_turn":8,"extensions":3,"loop_gates":3,"loop_window":3,"model_turns":15,"notes":3,"repairs":2,"tool_calls":40,"wall_seconds":600},"model":"script:a.json","options":{"keep_alive":1800,"num_ctx":8192,"num_predict":2048},"planner":"model","plans":0,"rules":1,"tools":[{"approval":"predicate","attempts":2,"calls":0,"description":"Look.","effect":"read","fallback":["look2"],"name":"look","output_cap":0,"parallel":false,"parameters":"{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},\"additionalProperties\":false,\"required\":[\"n\"]}","timeout":60000,"version":1},{"approval":"predicate","attempts":2,"calls":0,"description":"Look again.","effect":"read","fallback":[],"name":"look2","output_cap":0,"parallel":false,"parameters":"{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},\"additionalProperties\":false,\"required\":[\"n\"]}","timeout":60000,"version":1},{"approval":"predicate","attempts":2,"calls":0,"description":"Put.","effect":"idempotent","fallback":[],"name":"put","output_cap":0,"parallel":false,"parameters":"{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},\"additionalProperties\":false,\"required\":[\"n\"]}","timeout":60000,"version":1},{"approval":"always","attempts":2,"calls":0,"description":"Pay.","effect":"once","fallback":[],"name":"pay","output_cap":0,"parallel":false,"parameters":"{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},\"additionalProperties\":false,\"required\":[\"n\"]}","timeout":60000,"version":1},{"approval":"predicate","attempts":2,"calls":0,"description":"Read on in the result of an earlier call that was too long to be shown whole.","effect":"read","fallback":[],"name":"read_output","output_cap":0,"parallel":false,"parameters":"{\"type\":\"object\",\"properties\":{\"handle\":{\"type\":\"string\",\"description\":\"the handle that was given with the shortened result\"},\"offset\":{\"type\":\"integer\",\"description\":\"the first character to read, counted from 0\",\"default\":0},\"length\":{\"type\":\"integer\",\"description\":\"how many characters to read, at most 65536\",\"default\":8192}},\"additionalProperties\":false,\"required\":[\"handle\"]}","timeout":60000,"version":1}]}',X'B546850C3C705F014B4CD1A8E52DE7CA93A0BA0301AA35384680C505CF364EDB');
INSERT INTO "object" VALUES(83,'spec','{"ask_person":false,"at_limit":"finish","graph":"","instructions":"","limits":{"attempts":3,"calls_per_turn":8,"extensions":3,"loop_gates":3,"loop_window":3,"model_turns":15,"notes":10,"repairs":0,"tool_calls":40,"wall_seconds":600},"model":"script:e.json","options":{"keep_alive":1800,"num_ctx":8192,"num_predict":2048},"planner":"model","plans":0,"rules":1,"tools":[]}',X'9955F68F450C60F6ACC70A9CD6477CBEF4542AB7863BCBC8F43D28A88380116C');
INSERT INTO "object" VALUES(84,'goal','Fail.',X'82223EEDE0E0F39B6992D2CCDC5F2C2D2EFDFAC2247636F228A13B5FFE114F66');
INSERT INTO "object" VALUES(85,'refused','{"content":"(no usable reply)"}',X'0B2C422CCB58568473B82A8AACF41049F516E3A8DD3E923F8A590EC8A33641B9');
INSERT INTO "object" VALUES(86,'correction','Your last reply was empty. Answer now, in plain text.',X'1B17D0D6FC392E7780752DF14BBF119D7AA0E0CD1233E3584026C91DF8DCE649');
INSERT INTO "object" VALUES(87,'spec','{"ask_person":true,"at_limit":"finish","graph":"","instructions":"","limits":{"attempts":3,"calls_per_turn":8,"extensions":3,"gate_seconds":1,"loop_gates":3,"loop_window":3,"model_turns":15,"notes":10,"repairs":2,"tool_calls":40,"wall_seconds":600},"model":"script:g.json","options":{"keep_alive":1800,"num_ctx":8192,"num_predict":2048},"planner":"model","plans":0,"rules":1,"tools":[{"approval":"never","attempts":3,"calls":0,"description":"Look.","effect":"read","fallback":["look2"],"name":"look","output_cap":0,"parallel":false,"parameters":"{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},\"additionalProperties\":false,\"required\":[\"n\"]}","timeout":60000,"version":1},{"approval":"never","attempts":3,"calls":0,"description":"Look again.","effect":"read","fallback":[],"name":"look2","output_cap":0,"parallel":false,"parameters":"{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},\"additionalProperties\":false,\"required\":[\"n\"]}","timeout":60000,"version":1},{"approval":"never","attempts":3,"calls":0,"description":"Put.","effect":"idempotent","fallback":[],"name":"put","output_cap":0,"parallel":false,"parameters":"{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},\"additionalProperties\":false,\"required\":[\"n\"]}","timeout":60000,"version":1},{"approval":"always","attempts":3,"calls":0,"description":"Pay.","effect":"once","fallback":[],"name":"pay","output_cap":0,"parallel":false,"parameters":"{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}},\"additionalProperties\":false,\"required\":[\"n\"]}","timeout":60000,"version":1},{"approval":"never","attempts":3,"calls":0,"description":"Read on in the result of an earlier call that was too long to be shown whole.","effect":"read","fallback":[],"name":"read_output","output_cap":0,"parallel":false,"parameters":"{\"type\":\"object\",\"properties\":{\"handle\":{\"type\":\"string\",\"description\":\"the handle that was given with the shortened result\"},\"offset\":{\"type\":\"integer\",\"description\":\"the first character to read, counted from 0\",\"default\":0},\"length\":{\"type\":\"integer\",\"description\":\"how many characters to read, at most 65536\",\"default\":8192}},\"additionalProperties\":false,\"required\":[\"handle\"]}","timeout":60000,"version":1}]}',X'E79D1C748D8F5FC581D5C2DB38D19D96B87D15B033CD41EFF70C5060B3910B7C');
INSERT INTO "object" VALUES(88,'goal','Expire.',X'ADE98956E9AD63D30D15F49F5CB3CDDC1626370996564870B03724EBE1288A25');
INSERT INTO "object" VALUES(89,'turn','{"calls":[{"arguments":{"n":1},"tool":"pay"}]}',X'49E0488FB6C659DDC96FD7F5872EE1287A683F32D1791626276425634B17C081');
INSERT INTO "object" VALUES(90,'guards','{"guards":{"a_call_can_run":false,"a_gate_is_open":false,"calls_remain":true},"lost":{"expired_gates_left":["a_gate_is_open"],"expired_plans":["calls_remain"],"expired_runs":["a_call_can_run"]},"taken":"expired_settled"}',X'480A9B187072AEE314AD3E41EF37EE94B6B1FB2A893BA70411D15B9388F68D43');
INSERT INTO "object" VALUES(91,'error','{"available_alternatives":[],"error":"expired","message":"Not run: nobody answered in time."}',X'0D67BE252207CEBC4B45C8F0FDFD49A4090C2CCD0217C13D71C6D531FF35DBA6');
INSERT INTO "object" VALUES(92,'turn','{"content":"x"}',X'8E8DC5A702FEAA3E098750650FE5C7FF93B795932E9510F0BD454D31A47BBD60');
INSERT INTO "object" VALUES(93,'spec','{"ask_person":false,"at_limit":"finish","graph":"{\"answer\":\"two\",\"fields\":[\"one\",\"two\"],\"steps\":[{\"after\":[],\"name\":\"first\",\"when\":false},{\"after\":[\"first\"],\"name\":\"second\",\"when\":false},{\"after\":[],\"name\":\"never\",\"when\":true}]}","instructions":"","limits":{"attempts":3,"calls_per_turn":8,"extensions":0,"loop_gates":0,"loop_window":3,"model_turns":4,"notes":0,"repairs":0,"tool_calls":4,"wall_seconds":600},"model":"","options":{"keep_alive":1800,"num_ctx":8192,"num_predict":2048},"planner":"workflow","plans":2,"rules":1,"tools":[{"approval":"never","attempts":1,"calls":1,"description":"Step first.","effect":"idempotent","fallback":[],"name":"first","output_cap":0,"parallel":false,"parameters":"{\"type\":\"object\",\"properties\":{\"state\":{\"type\":\"object\",\"additionalProperties\":{}}},\"additionalProperties\":false,\"required\":[\"state\"]}","timeout":60000,"version":1},{"approval":"never","attempts":1,"calls":1,"description":"Step second.","effect":"read","fallback":[],"name":"second","output_cap":0,"parallel":false,"parameters":"{\"type\":\"object\",\"properties\":{\"state\":{\"type\":\"object\",\"additionalProperties\":{}}},\"additionalProperties\":false,\"required\":[\"state\"]}","timeout":60000,"version":1},{"approval":"never","attempts":1,"calls":1,"description":"Step never.","effect":"once","fallback":[],"name":"never","output_cap":0,"parallel":false,"parameters":"{\"type\":\"object\",\"properties\":{\"state\":{\"type\":\"object\",\"additionalProperties\":{}}},\"additionalProperties\":false,\"required\":[\"state\"]}","timeout":60000,"version":1}]}',X'11AB51F400343FD6088912654BD5F2C21D79492056AFB4A77D860358D7FA79FF');
INSERT INTO "object" VALUES(94,'goal','Flow.',X'3118ED60EA0BEA6EB1C058E5271B2AE3A0B709044C28865B6A9E55817F0E02BE');
INSERT INTO "object" VALUES(95,'planner','{"state":{"one":"","two":""},"steps":{}}',X'D7D2B50736889B023243EFD7B7A19C6A65C955179A6790AF577800F95087975C');
INSERT INTO "object" VALUES(96,'turn','{"calls":[{"arguments":{"state":{"one":"","two":""}},"tool":"first"}]}',X'109894B813EF3E740CD1348E21AEAD933898780CE752DB552EE62C7A63F3A5EA');
INSERT INTO "object" VALUES(97,'planner','{"state":{"one":"","two":""},"steps":{"first":"running","never":"skipped"}}',X'2D0ED49C2CBED0FF760A66A366854CFF9A700CD89C61B016AC5D008062949C47');
INSERT INTO "object" VALUES(98,'attempt','{"attempt":1,"boot":"0f385000-a3e3-4124-a6e3-3b187003148d","call":"1.0.0","marker":"15467.1982230.0f385000a3e3","pid":15467,"since":19827282,"start":"1982230"}',X'A5E743D9612EF4058F60D44EC6C2465583200A1A5AA4A5F296E7D9FA37C05370');
INSERT INTO "object" VALUES(99,'spec','{"ask_person":false,"at_limit":"finish","graph":"","instructions":"","limits":{"attempts":3,"calls_per_turn":8,"extensions":3,"loop_gates":3,"loop_window":3,"model_turns":15,"notes":10,"repairs":2,"tool_calls":40,"wall_seconds":600},"model":"script:k.json","options":{"keep_alive":1800,"num_ctx":8192,"num_predict":2048},"planner":"model","plans":0,"rules":1,"tools":[]}',X'D7F37AA3B39EE9213A39A0779F45AD094D84D8A85164A8535BF5CF51BE222562');
INSERT INTO "object" VALUES(100,'goal','Say.',X'BE662FF2F0310E896490B880273B5C03B640B7775A418D8445D93E7E5ADC8975');
INSERT INTO "object" VALUES(101,'turn','{"content":"child says"}',X'7DC7A2D57899EB4CF86AED13509B06417905CAA066FA58E90090E8959F1031F0');
INSERT INTO "object" VALUES(102,'result','{"one":"child says"}',X'A690C3A26A4C80C0C673D796CEE330551120AEE2D8ABA95A1F90CDCB5803C188');
INSERT INTO "object" VALUES(103,'planner','{"state":{"one":"child says","two":""},"steps":{"first":"done","never":"skipped"}}',X'D15F59CE18719EA89F610C3DDE8720D8D4BFE8ADDF8CE3B384EBDC6F3180BC34');
INSERT INTO "object" VALUES(104,'turn','{"calls":[{"arguments":{"state":{"one":"child says","two":""}},"tool":"second"}]}',X'AA0C4E5429495AC18B6079CE65B30BB371C106ED989C554ABFFD82E2DC2EEE7C');
INSERT INTO "object" VALUES(105,'planner','{"state":{"one":"child says","two":""},"steps":{"first":"done","never":"skipped","second":"running"}}',X'852A750E7180A4D45F69BC944CF00CE41CB4C61534A38BB991CA4C3958B622DD');
INSERT INTO "object" VALUES(106,'result','{"two":"child says!"}',X'755371E55286072662C9A78366D21F22804765305753BAECA23183B0FAB69CD9');
INSERT INTO "object" VALUES(107,'planner','{"state":{"one":"child says","two":"child says!"},"steps":{"first":"done","never":"skipped","second":"done"}}',X'24E29403DD694FCC32794DBA4584D87CF5D90053795BFDC921DE658D003A82CD');
INSERT INTO "object" VALUES(108,'turn','{"content":"child says!"}',X'F2282D70FFE08F3B8F79F7900199869F7E6EAFD3169A5392149B97B02F1B98AF');
INSERT INTO "object" VALUES(109,'planner','{"state":{"one":"child says","two":"child says!"},"steps":{"first":"done","never":"skipped","second":"done"}}',X'24E29403DD694FCC32794DBA4584D87CF5D90053795BFDC921DE658D003A82CD');
CREATE TABLE pruning (run INTEGER PRIMARY KEY) STRICT;
CREATE TABLE rule (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES run (key),
  rule TEXT NOT NULL,
  at INTEGER NOT NULL,
  digest BLOB NOT NULL,
  UNIQUE (run, rule)
) STRICT;
CREATE TABLE run (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  spec INTEGER NOT NULL REFERENCES object (id),
  goal TEXT NOT NULL,
  parent INTEGER REFERENCES run (key),
  parent_seq INTEGER,
  created INTEGER NOT NULL,
  folder TEXT NOT NULL,
  origin TEXT NOT NULL
) STRICT;
INSERT INTO "run" VALUES(1,'2772y3lyz4k3ogqyyrrwuzamtm','everything',1,'Everything.',NULL,NULL,1795220219492,'/tmp/ada','{}');
INSERT INTO "run" VALUES(2,'x2ybyud4hfkkrwdsboaiwg2whe','loops',46,'Loop.',NULL,NULL,1795220220598,'/tmp/ada','{}');
INSERT INTO "run" VALUES(3,'6n73u7wfhmnucpdjisyzw23fty','cancelled',66,'Cancelled.',NULL,NULL,1795220221074,'/tmp/ada','{}');
INSERT INTO "run" VALUES(4,'kakup4qbz35sztwvppgkedhwbm','',1,'Other.',1,3,1795220221236,'/tmp/ada','{"recordings":"recorded"}');
INSERT INTO "run" VALUES(5,'j7ke5cxjqwcdvq6uahf32fwgim','',82,'Everything.',1,26,1795220221526,'/tmp/ada','{"recordings":"ask"}');
INSERT INTO "run" VALUES(6,'k7o5bejct6tqqe6f26pj6zjk4a','fails',83,'Fail.',NULL,NULL,1795220221555,'/tmp/ada','{}');
INSERT INTO "run" VALUES(7,'fgck4wwyb5naef5fphpbdb5jz4','expires',87,'Expire.',NULL,NULL,1795220221611,'/tmp/ada','{}');
INSERT INTO "run" VALUES(8,'b2o33brd6hxdlq2xfm2ly6kz6y','flow',93,'Flow.',NULL,NULL,1795220222940,'/tmp/ada','{}');
INSERT INTO "run" VALUES(9,'bg3r5j57kvzzsqbb6wk62t2j3q','',99,'Say.',NULL,NULL,1795220222970,'/tmp/ada','{"caller":{"call":"1.0.0","run":"b2o33brd6hxdlq2xfm2ly6kz6y"},"goal":"sha256:be662ff2f0310e896490b880273b5c03b640b7775a418d8445d93e7e5adc8975"}');
CREATE TABLE snapshot (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES run (key),
  seq INTEGER NOT NULL,
  state TEXT NOT NULL,
  event TEXT NOT NULL,
  event_body TEXT NOT NULL,
  body TEXT NOT NULL,
  guards INTEGER NOT NULL REFERENCES object (id),
  digest BLOB NOT NULL,
  chain BLOB NOT NULL,
  at INTEGER NOT NULL,
  took INTEGER NOT NULL,
  UNIQUE (run, seq)
) STRICT;
INSERT INTO "snapshot" VALUES(1,1,0,'PLANNING','Begun','{"goal":"sha256:44b377d7ad4a50e1bf9fd008bcbc108452cf83319adc2d05eac8a0c3a6f0b670","spec":"sha256:3bae776b1ef681fdbf3cb88628b8fd4d9a3958c20cb59ebbeef5871795ee8406"}','{"history":1,"spec":"sha256:3bae776b1ef681fdbf3cb88628b8fd4d9a3958c20cb59ebbeef5871795ee8406","turn":1,"usage":{"model_turns":1}}',2,X'2131484BB8932C6D412E430DB5D693E287F43C3B5E716C789B7374B0BFFEE158',X'F1555CE446A51625E797E5B7C8191D94961069FCE461DA027A4520A8A6704E2C',1795220219492,0);
INSERT INTO "snapshot" VALUES(2,1,1,'EXECUTING','PlanMade','{"calls":[{"arguments":"sha256:a1602ff2519aabf927467c1c65c9a860c4934fcbfd98143a2d47a7809f4aef3c","tool":"look"},{"arguments":"sha256:f82be47cbdd17a5ec2c7f803e51a13691eedde8cb7b9c3a4678d25f92c1f30a7","tool":"look"},{"arguments":"sha256:57398c693b14c05732fbae4d6153486c976ff031b3c7bc6588365f3ff216e6df","tool":"put"}],"kind":"calls","reply":"sha256:8dc362b565806fe5d6be481303a4a7922c9ace4d04a2976a24ef32e125704cce","spent":{"milliseconds":3},"turn":1}','{"calls":{"0":{"arguments":"sha256:a1602ff2519aabf927467c1c65c9a860c4934fcbfd98143a2d47a7809f4aef3c","attempts":2,"phase":"ready","tool":"look"},"1":{"arguments":"sha256:f82be47cbdd17a5ec2c7f803e51a13691eedde8cb7b9c3a4678d25f92c1f30a7","attempts":2,"phase":"ready","tool":"look"},"2":{"arguments":"sha256:57398c693b14c05732fbae4d6153486c976ff031b3c7bc6588365f3ff216e6df","attempts":2,"phase":"ready","tool":"put"}},"history":5,"outcomes":2,"usage":{"milliseconds":3,"model_calls":1,"tool_calls":3}}',4,X'859B5FFD7C098F46BF2CE76AC2FACD80DF9892E6364D85C8754F8006710C5EF9',X'BB3514D64EF5A2B3814E37B0B45A20C412DDEEF4804A0368A63DD69375D1BE0B',1795220219523,3);
INSERT INTO "snapshot" VALUES(3,1,2,'EXECUTING','ToolReturned','{"attempt":1,"call":"1.0.0","result":"sha256:7f53fdad6316945ba8469798ce6da8ca89861ed42e20e00857b7db5ae5a9300c","spent":{"milliseconds":30}}','{"calls":{"0":{"outcome":{"status":"ok","text":"sha256:7f53fdad6316945ba8469798ce6da8ca89861ed42e20e00857b7db5ae5a9300c"},"phase":"settled"}},"usage":{"milliseconds":33}}',6,X'A1593C2D055F47CB82660A5F589EDABEA91D88D987DB46BDFE0215C7E547BF68',X'5774CD190AD393080AC08CCABCCA0A1963FFC965E8D0E85A0010854E3492F39A',1795220219553,1);
INSERT INTO "snapshot" VALUES(4,1,3,'EXECUTING','ToolFailed','{"attempt":1,"call":"1.1.0","error":"tool_error","message":"sha256:b142f5d966937fa23666dc76370dd64ecc7730e9fe72a9d99d43778b2f6f8d31","ran":"no","spent":{"milliseconds":11}}','{"calls":{"1":{"fallback":1}},"usage":{"milliseconds":44}}',8,X'555078F8F4D6F107ED0B85C7B2A225E8752AC24EC0F3BEBA85D6831BCD02AF43',X'E895207569BF994C09601421787870E8B1B40C0EE3AF6FEB344275B3920F0237',1795220219564,12);
INSERT INTO "snapshot" VALUES(5,1,4,'EXECUTING','ToolReturned','{"attempt":1,"call":"1.1.1","result":"sha256:a6720784416c50fb80b0534d81b5d468f49b18e89737153999286dadbe205c7c","spent":{"milliseconds":5}}','{"calls":{"1":{"outcome":{"status":"ok","text":"sha256:a6720784416c50fb80b0534d81b5d468f49b18e89737153999286dadbe205c7c"},"phase":"settled"}},"usage":{"milliseconds":49}}',6,X'79364BE1728D18BF4B2F8533658A6714117306A1C936419C91FF03451F0C3EC0',X'3CD666A520D909EBDF7F9B21FE97E8CE5C6413412975AA84EE92C29BE726CB11',1795220219569,1);
INSERT INTO "snapshot" VALUES(6,1,5,'EXECUTING','CallStarted','{"attempt":1,"call":"1.2.0"}','{"calls":{"2":{"phase":"started"}}}',10,X'17677AFC394C00AA5283B47E15E289A103193D4318FB3D0D5AAADA6633CD8080',X'E95A0E4034086B1F6157E0F7C1A008C15589239618E4A8E82D36D9D54BE4A95E',1795220219569,0);
INSERT INTO "snapshot" VALUES(7,1,6,'OBSERVING','ToolReturned','{"attempt":1,"call":"1.2.0","result":"sha256:7f62a69ebc08d3ff86c2334957d2a3a259349d7285a47273c137186af6a98e84","spent":{"milliseconds":2}}','{"calls":{"2":{"outcome":{"status":"ok","text":"sha256:7f62a69ebc08d3ff86c2334957d2a3a259349d7285a47273c137186af6a98e84"},"phase":"settled"}},"usage":{"milliseconds":51}}',13,X'6F9028B67A406DEA09B059077D253DCF1F0DF37488AC9DAA0310FAA5690DFA98',X'9B7430A7749114E182EE19F6A81189DEDF6F75C84847407274BDD8440F83D615',1795220219571,0);
INSERT INTO "snapshot" VALUES(8,1,7,'PLANNING','Observed','{"turn":1}','{"calls":null,"loop":"1e1766fab85e4d96","outcomes":null,"repeats":1,"turn":2,"usage":{"model_turns":2}}',14,X'DB9C2BF4578677C38BEE12EEB83AE3B76B060624C28FF34CFCF3C09BBA0A8A69',X'17A1F3AB54B88A8746C61C757A21DC42AE05FE1014068F4E48E15E1F82422607',1795220219571,0);
INSERT INTO "snapshot" VALUES(9,1,8,'PLANNING','PlanRefused','{"correction":"sha256:f42f364a12c53642e893ad83e5397ea7051bde0371f6fd4748911faf0b0a73b5","kind":"empty_reply","reply":"sha256:0b2c422ccb58568473b82a8aacf41049f516e3a8dd3e923f8a590ec8a33641b9","spent":{"milliseconds":41},"turn":2}','{"history":7,"refusals":1,"usage":{"milliseconds":92,"model_calls":2}}',16,X'E618C53F60A94A8D4D285DCA5C3E1B57C79C15797AAE7FC494A1C00326AD0A2D',X'26A8D24769073D5AE7E7FC85F5590DF9B1277E2E3A52A71D29231038A0935380',1795220219612,0);
INSERT INTO "snapshot" VALUES(10,1,9,'AWAITING_APPROVAL','PlanMade','{"calls":[{"arguments":"sha256:00214d2c4330f797cbd74f1d84e419efeba9110d4a33827d055b7db4ed273005","asks":true,"tool":"pay"}],"kind":"calls","refusals":1,"reply":"sha256:d555707fbfc13b7af63d4365e08e192fb940a7267a2e40d841eba806f84c46af","spent":{"milliseconds":7},"turn":2}','{"calls":{"0":{"arguments":"sha256:00214d2c4330f797cbd74f1d84e419efeba9110d4a33827d055b7db4ed273005","attempts":2,"phase":"proposed","tool":"pay"}},"gates":{"approval-2.0.0-1":{"call":0,"kind":"approval","opened":1795220219619}},"history":9,"outcomes":8,"usage":{"milliseconds":99,"model_calls":3,"tool_calls":4}}',19,X'DE6395E217C60CA58932655481CB56C66CFB648D1C62BC64BADAF87D398AFF56',X'2B65A3697B19A33E054AD14EA32AB2DA24C51F4759638C3226FE00D5273D2B4B',1795220219619,1);
INSERT INTO "snapshot" VALUES(11,1,10,'AWAITING_APPROVAL','Told','{"note":"sha256:1684dc852d11e852dd1b81390be92b2607a5ac031595db3fc1d8b8d4c7454320","number":1}','{"history":10,"told":1}',21,X'B6E527E58A7336800CEA7A4A7C5C335A8530F47F4C9E6EFE674EA068BCB1F4B0',X'B1818D9F1B07CB35F551AEA0EA168EC513C17C73E22E450C219F22CB62815D2B',1795220219728,0);
INSERT INTO "snapshot" VALUES(12,1,11,'EXECUTING','Edited','{"arguments":"sha256:5c108ab2257bb1aabf464647e3b96bd934ee45b524392152d7e4a5393429cbc8","by":"root","digest":"sha256:26191c0053b6ffb0f815df6df5e2ebd6b17a74efa0e02fead70f344b81f360c4","gate":"approval-2.0.0-1"}','{"calls":{"0":{"arguments":"sha256:5c108ab2257bb1aabf464647e3b96bd934ee45b524392152d7e4a5393429cbc8","phase":"ready"}},"gates":null}',23,X'2302E854D59808195EDE8B8B97A941E7131F0EF79452FA38BAAA392CCBB2D5A1',X'80242E3D87C8863D95F399E6174B71E7D13E2ACE9B4115168F12D83A4E4EB6BC',1795220219804,0);
INSERT INTO "snapshot" VALUES(13,1,12,'EXECUTING','CallStarted','{"attempt":1,"call":"2.0.0"}','{"calls":{"0":{"phase":"started"}}}',10,X'1142C8C5174F2219E37B96636D63C4A708B466A57B0944DD9D0D35F1C8879098',X'51AF5E601C1C5D94A337ED32B09647EAFCFF623E98D64BAF1768A1E2C0B521F7',1795220219844,0);
INSERT INTO "snapshot" VALUES(14,1,13,'OBSERVING','ToolReturned','{"attempt":1,"call":"2.0.0","result":"sha256:c3599ba638f47ae37d4912e6ea044a2a985d5e9ee8a34e6e366d0733805e6a84","spent":{"milliseconds":9}}','{"calls":{"0":{"outcome":{"status":"ok","text":"sha256:c3599ba638f47ae37d4912e6ea044a2a985d5e9ee8a34e6e366d0733805e6a84"},"phase":"settled"}},"usage":{"milliseconds":108}}',13,X'EA6B4A422E3922FA60883DDA52D5A2647B475C21EBDC5C45A3089F63F45BF059',X'805EBCDD2B47D10D0AB8DC3D29D812E44B145D2D3F0E3782C94EFDCB4BE21D36',1795220219853,1);
INSERT INTO "snapshot" VALUES(15,1,14,'PLANNING','Observed','{"turn":2}','{"calls":null,"loop":"c9b61768c6a79a19","outcomes":null,"refusals":null,"shown":1,"turn":3,"usage":{"model_turns":3}}',14,X'C302677090E5324526014C27219E6DD1AA83043D851B60578AF01549CEBCEA77',X'080064A947A04966428BE4C60AB4A6F25C1BADBE3A61E224584FB2C3C0AC898A',1795220219853,0);
INSERT INTO "snapshot" VALUES(16,1,15,'AWAITING_APPROVAL','PlanMade','{"calls":[{"arguments":"sha256:5692f63ab55fd10d7d4dd7f89db663966306c681433a65ba147898641caabe0f","asks":true,"tool":"pay"}],"kind":"calls","notes":1,"reply":"sha256:7820a63379a39b5a2c5a97d10f817d7222a34d1a8c83665d85c2ad99b98a0122","spent":{"milliseconds":7},"turn":3}','{"calls":{"0":{"arguments":"sha256:5692f63ab55fd10d7d4dd7f89db663966306c681433a65ba147898641caabe0f","attempts":2,"phase":"proposed","tool":"pay"}},"gates":{"approval-3.0.0-1":{"call":0,"kind":"approval","opened":1795220219860}},"history":12,"outcomes":11,"usage":{"milliseconds":115,"model_calls":4,"tool_calls":5}}',19,X'4E78504CDD10A2404DF53F5954A4E68326239A31C251F4A2EA56144195D6B099',X'FBB73875283F9C53C7C80C62B9CE459DB99ED7B4E377FE0A04B4B2AE2FE85CF8',1795220219860,0);
INSERT INTO "snapshot" VALUES(17,1,16,'EXECUTING','Approved','{"by":"root","digest":"sha256:7930e53ba7355087432fef0d0a7f5cdecf9c778b09983006ddeaa885a5eaa699","gate":"approval-3.0.0-1"}','{"calls":{"0":{"arguments":"sha256:5692f63ab55fd10d7d4dd7f89db663966306c681433a65ba147898641caabe0f","attempts":2,"phase":"ready","tool":"pay"}},"history":12,"loop":"c9b61768c6a79a19","outcomes":11,"repeats":1,"shown":1,"spec":"sha256:3bae776b1ef681fdbf3cb88628b8fd4d9a3958c20cb59ebbeef5871795ee8406","told":1,"turn":3,"usage":{"milliseconds":115,"model_calls":4,"model_turns":3,"tool_calls":5}}',28,X'F33C01B1A3480471F80C8109777A510754EE621FC9988E928E3F3550EE197E0A',X'7C19E5C9220A1668977C896F4E22D19E704B1A9D1FA71C0FA8151DA5C4AC4E1A',1795220219909,0);
INSERT INTO "snapshot" VALUES(18,1,17,'EXECUTING','CallStarted','{"attempt":1,"call":"3.0.0"}','{"calls":{"0":{"phase":"started"}}}',10,X'E282845F4DF5530B26BA66B9716704828E2090C3D1A8BABDC03FF296935FB90D',X'A6210A2103ECC58CB7114CF955C35DDF8773FD22C8937920BFB5FABE79FA6E92',1795220219952,0);
INSERT INTO "snapshot" VALUES(19,1,18,'AWAITING_APPROVAL','ToolFailed','{"attempt":1,"call":"3.0.0","error":"tool_error","message":"sha256:ceefca96e54480d46ea915a2c708f860224ee6255d5d85b70b1ff17fe8ec7b21","spent":{"milliseconds":6}}','{"calls":{"0":{"phase":"doubt"}},"gates":{"doubt-3.0.0-1":{"call":0,"kind":"doubt","opened":1795220219958}},"usage":{"milliseconds":121}}',30,X'2A6F03521D1FFB4F962481179BE774D2B1EEA929E1F92ADB8548B5C041C5561D',X'E42198A51B9F8CD9A6AA09413C7DC009406B54D9B95FD3828FFC946E8DE85EFC',1795220219958,1);
INSERT INTO "snapshot" VALUES(20,1,19,'EXECUTING','Resolved','{"by":"root","digest":"sha256:0cf8dc563e798fe9e70ae5011031439fa8f59a3aea0e4f3a133fae4c4abf6ae2","gate":"doubt-3.0.0-1","how":"did_not_happen"}','{"calls":{"0":{"attempt":2,"phase":"ready"}},"gates":null}',32,X'618EEA1076926A6D24EA5DC8FE65BDBD11F691EA67783A9F2130E43B1542B084',X'4BED6D326844EB66EE08A2F9DA1A32F3E9C6CDFD1059EBEA4B968BEE355D977C',1795220220023,0);
INSERT INTO "snapshot" VALUES(21,1,20,'EXECUTING','CallStarted','{"attempt":2,"call":"3.0.0"}','{"calls":{"0":{"phase":"started"}}}',10,X'CE1DE767546B7DE8304193B3C6FFC9F5C15DA0FF6DFD608E3054B26B0C3250D2',X'1143662D49405810760652B88FD2BF9C41E95204ED40DCC693E3E5FAD1AF4AFA',1795220220157,0);
INSERT INTO "snapshot" VALUES(22,1,21,'AWAITING_APPROVAL','ToolFailed','{"attempt":2,"call":"3.0.0","error":"tool_error","message":"sha256:ceefca96e54480d46ea915a2c708f860224ee6255d5d85b70b1ff17fe8ec7b21","spent":{"milliseconds":12}}','{"calls":{"0":{"phase":"doubt"}},"gates":{"doubt-3.0.0-2":{"call":0,"kind":"doubt","opened":1795220220169}},"usage":{"milliseconds":133}}',30,X'E6322A4E335ABAE2124A268AD240D2D7A297169B2C70CBC63567B41DC8122B6A',X'FD00E99E30F2174468E14C125969039247FBC861C86DB2399501717AB97D107D',1795220220169,1);
INSERT INTO "snapshot" VALUES(23,1,22,'OBSERVING','Resolved','{"by":"root","digest":"sha256:cb6567160c77e5ed6b77d0eb99327d7c33be2ba7f35d531a79a5405adae34756","gate":"doubt-3.0.0-2","how":"happened","result":"sha256:302bfa3249fc8ba9c4cfc1e1da835697ef0d97b2b6b4378acb08d85649c9d8ff"}','{"calls":{"0":{"outcome":{"status":"ok","text":"sha256:302bfa3249fc8ba9c4cfc1e1da835697ef0d97b2b6b4378acb08d85649c9d8ff"},"phase":"settled"}},"gates":null}',35,X'ACE860701321015701569D2C3B916D83D0C9EA2C6C2EBD74F8BE64E5BD9FF931',X'0BDC144DBCF91EB0685710ACFF1421E9E5697A646F04F835215E2C9A7CFCFBEF',1795220220249,0);
INSERT INTO "snapshot" VALUES(24,1,23,'PLANNING','Observed','{"turn":3}','{"calls":null,"loop":"10603d88b8ab52cf","outcomes":null,"turn":4,"usage":{"model_turns":4}}',14,X'F9BC44F44080E5B8001983612B6FD7DC3E4A565C2BA1087DABD9D7D5A603E3D8',X'DFEDA72B1FE7F9A1B11BB2548C5B1D7A330E84CBB4BF2071B10651CB98A10C70',1795220220349,0);
INSERT INTO "snapshot" VALUES(25,1,24,'AWAITING_APPROVAL','PlanMade','{"answer":"sha256:6a8994cf75efcfb7e4541e78efa834dc4fd3176d2adc4f149cd14af88a844e6a","kind":"question","notes":1,"reply":"sha256:0b1e025225513ba6be9f38b304ccd5db73b960cb9ab651066c30465df205d4d6","spent":{"milliseconds":7},"turn":4}','{"gates":{"question-4-0":{"kind":"question","opened":1795220220356,"text":"sha256:6a8994cf75efcfb7e4541e78efa834dc4fd3176d2adc4f149cd14af88a844e6a"}},"history":13,"usage":{"milliseconds":140,"model_calls":5}}',37,X'E58B07CAB7E15C1D0256B97FDD9E3B16233D898854889218DDAE4661468814B6',X'DEF15DE52DA989D77C3EFA959449B043B1C4D9D40D49C5076206A39C2A0E3F0D',1795220220356,0);
INSERT INTO "snapshot" VALUES(26,1,25,'PLANNING','Answered','{"answer":"sha256:cc90d0813b0a3a826bac82a31b8400b9b918547bf3dec112c2699d73743b88e6","by":"root","digest":"sha256:4ee8337282bd5285fe18829581c5eae8bee4e27334a41eb2d45a66ba823ac02b","gate":"question-4-0"}','{"gates":null,"history":14,"turn":5,"usage":{"model_turns":5}}',39,X'C79B3024989E9B6DF08C0193033393BABDEF2D7F98B91B9C500339961BBDAF1D',X'3770160EA79FE4ED4722C6A745A19CB517563DEFA1323E63B538B2A001B399DD',1795220220384,0);
INSERT INTO "snapshot" VALUES(27,1,26,'AWAITING_APPROVAL','PlanMade','{"calls":[{"arguments":"sha256:b005561ad3ebea60551dc41aba3cbf39593b14a55d4e92a8080d53b69aef7558","asks":true,"tool":"pay"}],"kind":"calls","notes":1,"reply":"sha256:f2441a13b4c071178cfeee98c64cf187915f89bc14fb68cf6c101e82938a9f0b","turn":5}','{"calls":{"0":{"arguments":"sha256:b005561ad3ebea60551dc41aba3cbf39593b14a55d4e92a8080d53b69aef7558","attempts":2,"phase":"proposed","tool":"pay"}},"gates":{"approval-5.0.0-1":{"call":0,"kind":"approval","opened":1795220220418}},"history":16,"outcomes":15,"usage":{"model_calls":6,"tool_calls":6}}',19,X'4EE23F0BC57692EC5727296089B3EE7CA39876CF4B6D1F2A1E1F59979128C414',X'AAE5AD17DF845BF7B71F35FD5259051D8F1E2A83B0A70976A7B5E423C61155E6',1795220220418,0);
INSERT INTO "snapshot" VALUES(28,1,27,'OBSERVING','Denied','{"by":"root","digest":"sha256:7d01c7678878adb6c8d0dffea2aec9e0213a0189f3936263224e820dad91a462","gate":"approval-5.0.0-1","reason":"sha256:7b15321bcd3b3e9cb348f35074d7f22bf4960fc3ba72336a25a2f0518531183f"}','{"calls":{"0":{"outcome":{"reason":"denied","status":"denied","text":"sha256:7b15321bcd3b3e9cb348f35074d7f22bf4960fc3ba72336a25a2f0518531183f"},"phase":"settled"}},"gates":null}',42,X'7D1EFD366371AFAA3C3DAC45B961486FB40220FFEA14154956799073BDD76BB6',X'746810C767E1D1C22B193E319FC86CCCB3CD83E12A787AB91F94570C082756FC',1795220220459,0);
INSERT INTO "snapshot" VALUES(29,1,28,'PLANNING','Observed','{"turn":5}','{"calls":null,"loop":"3eff63c8ffa6098c","outcomes":null,"turn":6,"usage":{"model_turns":6}}',14,X'155299C8BAEA4A8B41C142944CFFF8F2173C6E3A230557E0653E85155E52B4E3',X'1E7D55E584863C2A5587F8689633E3D0EC8F67725C8664DA870E9B576BF65DF3',1795220220505,0);
INSERT INTO "snapshot" VALUES(30,1,29,'DONE','PlanMade','{"answer":"sha256:70ea34e0b722265b7eddccb888773890a84451f88636bb337c9094ba4745f595","kind":"answer","notes":1,"reply":"sha256:3a6255d6baab82ce9520e3ae0ce0966cb7292da80d39a140cc68d4d46cf06a00","spent":{"milliseconds":16},"turn":6}','{"answer":"sha256:70ea34e0b722265b7eddccb888773890a84451f88636bb337c9094ba4745f595","history":17,"reason":"answered","usage":{"milliseconds":156,"model_calls":7}}',44,X'4A8DA8F62BC105C2F77D7D804B1514CB1575FEFD0AC873E30882B256EC85DFF1',X'B3B291B5424DE59DFBE357D51E4AC5EF98833FD6F35BB68074CBB5DEE07D76DE',1795220220522,1);
INSERT INTO "snapshot" VALUES(31,2,0,'PLANNING','Begun','{"goal":"sha256:1da436aa74e37c32aea897e217f7c6a2faa76accd03cf07767a426da1d8490a7","spec":"sha256:44a7f4648baa8fdcce67ec5da78e400508432736e3fe32bea664e03722df4cb7"}','{"history":1,"spec":"sha256:44a7f4648baa8fdcce67ec5da78e400508432736e3fe32bea664e03722df4cb7","turn":1,"usage":{"model_turns":1}}',2,X'CC73CE9DFD4653197E093353CCE3F0A65E5A10127621C5475440ACE164F6A809',X'518ABBE0AD4B4EFACE01E21F33A7F1578E41484C0BEAF363715911CA275CF6D3',1795220220598,0);
INSERT INTO "snapshot" VALUES(32,2,1,'EXECUTING','PlanMade','{"calls":[{"arguments":"sha256:a1602ff2519aabf927467c1c65c9a860c4934fcbfd98143a2d47a7809f4aef3c","tool":"look"}],"kind":"calls","reply":"sha256:c57d929c29ace9c064a040d3e7f7599644d5fa1706d2a324f28752dc70589704","turn":1}','{"calls":{"0":{"arguments":"sha256:a1602ff2519aabf927467c1c65c9a860c4934fcbfd98143a2d47a7809f4aef3c","attempts":3,"phase":"ready","tool":"look"}},"history":3,"outcomes":2,"usage":{"model_calls":1,"tool_calls":1}}',4,X'1F002D802BDD6ABA81DD7406D48C4D34E88ABCC0DDF3080A2954356E105D8E95',X'F79AAAAA4280DA74853CE89799D0AFEF75F6682FC352C30387C57F3882380CA6',1795220220622,0);
INSERT INTO "snapshot" VALUES(33,2,2,'OBSERVING','ToolReturned','{"attempt":1,"call":"1.0.0","result":"sha256:7f53fdad6316945ba8469798ce6da8ca89861ed42e20e00857b7db5ae5a9300c","spent":{"milliseconds":6}}','{"calls":{"0":{"outcome":{"status":"ok","text":"sha256:7f53fdad6316945ba8469798ce6da8ca89861ed42e20e00857b7db5ae5a9300c"},"phase":"settled"}},"usage":{"milliseconds":6}}',13,X'3A4A87E7CD5C028C1A4847ADF98E91DE3F31C1D336CC3F5DE5065ABF8DEA2C74',X'B1DBBCAFCDBFA8F4CAF63B7CE7AB7038EF955807608EB007E750D779E2B437A5',1795220220628,0);
INSERT INTO "snapshot" VALUES(34,2,3,'PLANNING','Observed','{"turn":1}','{"calls":null,"loop":"2c39c108b654c1f3","outcomes":null,"repeats":1,"turn":2,"usage":{"model_turns":2}}',14,X'83921EDC44C25F424ADB5FDBD9D087296B652A3321E0782CE537EA013545B0BE',X'9B940485234B472653115E218E11292553F50F7AABBE2CD63E66F1B15886D35C',1795220220629,0);
INSERT INTO "snapshot" VALUES(35,2,4,'EXECUTING','PlanMade','{"calls":[{"arguments":"sha256:a1602ff2519aabf927467c1c65c9a860c4934fcbfd98143a2d47a7809f4aef3c","tool":"look"}],"kind":"calls","reply":"sha256:c57d929c29ace9c064a040d3e7f7599644d5fa1706d2a324f28752dc70589704","spent":{"milliseconds":8},"turn":2}','{"calls":{"0":{"arguments":"sha256:a1602ff2519aabf927467c1c65c9a860c4934fcbfd98143a2d47a7809f4aef3c","attempts":3,"phase":"ready","tool":"look"}},"history":5,"outcomes":4,"usage":{"milliseconds":14,"model_calls":2,"tool_calls":2}}',4,X'71ECF941D78A1F1AD8D3699C7F58C48AD0C91A98451D8AF11DA2AC693684519D',X'39E7F51D627B89BCBBCA9BF42A944C478046E7F55A79F4532A04A45C6DE68405',1795220220636,0);
INSERT INTO "snapshot" VALUES(36,2,5,'OBSERVING','ToolReturned','{"attempt":1,"call":"2.0.0","result":"sha256:7f53fdad6316945ba8469798ce6da8ca89861ed42e20e00857b7db5ae5a9300c","spent":{"milliseconds":1}}','{"calls":{"0":{"outcome":{"status":"ok","text":"sha256:7f53fdad6316945ba8469798ce6da8ca89861ed42e20e00857b7db5ae5a9300c"},"phase":"settled"}},"usage":{"milliseconds":15}}',13,X'4B32DEF5CFBA0945B23886B2CD4C870F62E93403EDFE1E5F02F71346302D7C70',X'175C92D5945B61478E89E3B640D2925E1FD3E22C54E4FAD806EAEEE64D3E9DCA',1795220220637,0);
INSERT INTO "snapshot" VALUES(37,2,6,'AWAITING_APPROVAL','Observed','{"turn":2}','{"calls":null,"gates":{"loop-2-0":{"kind":"loop","opened":1795220220637}},"loop":null,"repeats":null}',51,X'00AA6F9CBBFF666B09085DA7B77E7F54544D4C277417A3FA78544BE7DFCE228B',X'B6BA173D441CF5FBFA025E69C4CE144916E05D563FC547B9A08BD1609F1DEB88',1795220220637,0);
INSERT INTO "snapshot" VALUES(38,2,7,'PLANNING','Answered','{"answer":"sha256:21f77b078163fc6cde6287ee9a6f0282f1f171f89eea78d18265486d4a50f2cb","by":"root","digest":"sha256:c52601d79bfe4b9d947520b830ecfe055c459101ccf6a708132b1b25cca88425","gate":"loop-2-0"}','{"gates":null,"history":6,"looped":1,"outcomes":null,"turn":3,"usage":{"model_turns":3}}',39,X'63C875D080BA4936E3A9C4DB6D18EF65AA68E0FF9761558DFB51A629D7343D0B',X'993A7E0B12A7603458000A168371C4540565EADC8C1DF4E2156321358FEA5531',1795220220693,0);
INSERT INTO "snapshot" VALUES(39,2,8,'EXECUTING','PlanMade','{"calls":[{"arguments":"sha256:a1602ff2519aabf927467c1c65c9a860c4934fcbfd98143a2d47a7809f4aef3c","tool":"look"}],"kind":"calls","reply":"sha256:c57d929c29ace9c064a040d3e7f7599644d5fa1706d2a324f28752dc70589704","turn":3}','{"calls":{"0":{"arguments":"sha256:a1602ff2519aabf927467c1c65c9a860c4934fcbfd98143a2d47a7809f4aef3c","attempts":3,"phase":"ready","tool":"look"}},"history":8,"outcomes":7,"usage":{"model_calls":3,"tool_calls":3}}',4,X'D217018A443F18C4354DC4C90287F45029E0140E37D8AD10CC3EFF103ABCF440',X'C44455BACDE7FF62CC4CA299E7A460F7DFBF8A3613B061A8C83F5B040D1C1C0F',1795220220809,0);
INSERT INTO "snapshot" VALUES(40,2,9,'OBSERVING','ToolReturned','{"attempt":1,"call":"3.0.0","result":"sha256:7f53fdad6316945ba8469798ce6da8ca89861ed42e20e00857b7db5ae5a9300c","spent":{"milliseconds":11}}','{"calls":{"0":{"outcome":{"status":"ok","text":"sha256:7f53fdad6316945ba8469798ce6da8ca89861ed42e20e00857b7db5ae5a9300c"},"phase":"settled"}},"usage":{"milliseconds":26}}',13,X'BF261F6191C74F51C279FA98C10EB6C7873D73AA768E4139C3F163576AA9C5FE',X'1EAC574215A64C1B5AF0FADE18303853E7CB8E0134D8105CA3BA35421FD28FE9',1795220220820,1);
INSERT INTO "snapshot" VALUES(41,2,10,'AWAITING_APPROVAL','Observed','{"turn":3}','{"calls":null,"gates":{"limit-3-0":{"kind":"limit","name":"model_turns","opened":1795220220821}},"loop":"2c39c108b654c1f3","repeats":1}',51,X'93B5C1EA8CE289F20AA643F247E06D643A05E3F546ED5A0F482EB3B3FB20CFA7',X'6031D8BDD53D1BAF3396C458EE4959BC0A611DB01DEBEDF3DEC1D846A6E3CDAF',1795220220821,0);
INSERT INTO "snapshot" VALUES(42,2,11,'PLANNING','Extended','{"by":"root","digest":"sha256:0c945fe9ef7bda2d224f98eda7e3b3a4baef8b4e7ad72175a3ae8f41c3f808de","gate":"limit-3-0"}','{"extensions":1,"gates":null,"outcomes":null,"turn":4,"usage":{"model_turns":4}}',56,X'0F3115BA9E6907B032B30EFE4C4EFB651A5DE9D1E797DE6EF6BD8A192B4A2528',X'D83531203631F48029115D5FC90DF389C517F870420E62DD71901C8D37E2DF20',1795220220897,0);
INSERT INTO "snapshot" VALUES(43,2,12,'EXECUTING','PlanMade','{"calls":[{"arguments":"sha256:a1602ff2519aabf927467c1c65c9a860c4934fcbfd98143a2d47a7809f4aef3c","tool":"look"}],"kind":"calls","reply":"sha256:c57d929c29ace9c064a040d3e7f7599644d5fa1706d2a324f28752dc70589704","turn":4}','{"calls":{"0":{"arguments":"sha256:a1602ff2519aabf927467c1c65c9a860c4934fcbfd98143a2d47a7809f4aef3c","attempts":3,"phase":"ready","tool":"look"}},"history":10,"outcomes":9,"usage":{"model_calls":4,"tool_calls":4}}',4,X'6ED91B7634F088F2D6FCBDA7CC9EDBE12A0B51F4BC92F4A4DB2713787A8DAFEA',X'641A91EF22CA8555FACA46C194DD394C1E5DA2F7F353966EE366EC1FEB92AAE5',1795220220985,0);
INSERT INTO "snapshot" VALUES(44,2,13,'OBSERVING','ToolReturned','{"attempt":1,"call":"4.0.0","result":"sha256:7f53fdad6316945ba8469798ce6da8ca89861ed42e20e00857b7db5ae5a9300c","spent":{"milliseconds":15}}','{"calls":{"0":{"outcome":{"status":"ok","text":"sha256:7f53fdad6316945ba8469798ce6da8ca89861ed42e20e00857b7db5ae5a9300c"},"phase":"settled"}},"usage":{"milliseconds":41}}',13,X'072DF6D9F6D9A0D2AD338936BB0B536AB3CC545604C4F726539FB1D8DCF09420',X'1CE01E865453D06CAFA5C60D1454EEC22C41427C77AB3FAF7BA0839FFDB512A4',1795220221000,0);
INSERT INTO "snapshot" VALUES(45,2,14,'PLANNING','Observed','{"turn":4}','{"calls":null,"last":"limit.loop_gates","loop":null,"outcomes":null,"repeats":null,"turn":5,"usage":{"model_turns":5}}',14,X'E7C8E189AB45AFC85514ADAA3FE8CDFE1812A3F71EF8F2017E9E682638EF3D51',X'CA8456A2F3870DD5AD52C433E43C7586151FF4B0A0C1D4DCF012FB903C063A2A',1795220221001,0);
INSERT INTO "snapshot" VALUES(46,2,15,'PLANNING','PlanRefused','{"correction":"sha256:1b17d0d6fc392e7780752df14bbf119d7aa0e0cd1233e3584026c91df8dce649","kind":"empty_reply","reply":"sha256:0b2c422ccb58568473b82a8aacf41049f516e3a8dd3e923f8a590ec8a33641b9","spent":{"milliseconds":6},"turn":5}','{"history":12,"refusals":1,"usage":{"milliseconds":47,"model_calls":5}}',16,X'45DB310106AD5D4E24A5318DE8C663EDFCA76E094750D53F7FD077BE9E5FC22B',X'30EC94982E70B0D3F875010392391496EBC447889C7FD95AE4CE482B89C1DA6B',1795220221007,0);
INSERT INTO "snapshot" VALUES(47,2,16,'PLANNING','PlanRefused','{"correction":"sha256:1b17d0d6fc392e7780752df14bbf119d7aa0e0cd1233e3584026c91df8dce649","kind":"empty_reply","refusals":1,"reply":"sha256:0b2c422ccb58568473b82a8aacf41049f516e3a8dd3e923f8a590ec8a33641b9","spent":{"milliseconds":14},"turn":5}','{"extensions":1,"history":14,"last":"limit.loop_gates","looped":1,"refusals":2,"spec":"sha256:44a7f4648baa8fdcce67ec5da78e400508432736e3fe32bea664e03722df4cb7","turn":5,"usage":{"milliseconds":61,"model_calls":6,"model_turns":5,"tool_calls":4}}',16,X'D1BBB53428A2706641E145CF00638F9706D1B2511A00A10B31844789FBF247F0',X'0844D4FD76A40D7232F62C18C9EA5C56D7E6B1A5D30C55E14BC367109AC4CDEE',1795220221021,0);
INSERT INTO "snapshot" VALUES(48,2,17,'FAILED','PlanRefused','{"correction":"sha256:1b17d0d6fc392e7780752df14bbf119d7aa0e0cd1233e3584026c91df8dce649","kind":"empty_reply","refusals":2,"reply":"sha256:0b2c422ccb58568473b82a8aacf41049f516e3a8dd3e923f8a590ec8a33641b9","spent":{"milliseconds":9},"turn":5}','{"history":16,"reason":"limit.loop_gates","refusals":3,"usage":{"milliseconds":70,"model_calls":7}}',63,X'17907B499694323DB9250E1B9C10DF8C06AE50B97AA1413A6B500130907F5FBE',X'752495637F36674EC969AE79DD7EC5C65FA97C45005FFF19269BCA21F34D6DAC',1795220221030,0);
INSERT INTO "snapshot" VALUES(49,3,0,'PLANNING','Begun','{"goal":"sha256:197df06912cc4b4e6bbda2748976b8a51e12f7468115516bc1b070fc403711e3","spec":"sha256:2dd78b1c67b16320dcc98c106419fc67ecf1df4975c07d895a6f77a80954352e"}','{"history":1,"spec":"sha256:2dd78b1c67b16320dcc98c106419fc67ecf1df4975c07d895a6f77a80954352e","turn":1,"usage":{"model_turns":1}}',2,X'8B3588C5BEEDAF3F5E016B6C4395135945D4D796489BA9ADB133F211CABAA0C3',X'408989E581232400DC00647E19B02193BA1C3DF3DBD00AD2B80911183185B8A1',1795220221074,0);
INSERT INTO "snapshot" VALUES(50,3,1,'EXECUTING','PlanMade','{"calls":[{"arguments":"sha256:a1602ff2519aabf927467c1c65c9a860c4934fcbfd98143a2d47a7809f4aef3c","tool":"look"},{"arguments":"sha256:f82be47cbdd17a5ec2c7f803e51a13691eedde8cb7b9c3a4678d25f92c1f30a7","tool":"look"},{"arguments":"sha256:57398c693b14c05732fbae4d6153486c976ff031b3c7bc6588365f3ff216e6df","tool":"put"}],"kind":"calls","reply":"sha256:8dc362b565806fe5d6be481303a4a7922c9ace4d04a2976a24ef32e125704cce","turn":1}','{"calls":{"0":{"arguments":"sha256:a1602ff2519aabf927467c1c65c9a860c4934fcbfd98143a2d47a7809f4aef3c","attempts":2,"phase":"ready","tool":"look"},"1":{"arguments":"sha256:f82be47cbdd17a5ec2c7f803e51a13691eedde8cb7b9c3a4678d25f92c1f30a7","attempts":2,"phase":"ready","tool":"look"},"2":{"arguments":"sha256:57398c693b14c05732fbae4d6153486c976ff031b3c7bc6588365f3ff216e6df","attempts":2,"phase":"ready","tool":"put"}},"history":5,"outcomes":2,"usage":{"model_calls":1,"tool_calls":3}}',4,X'0A4DF4AD421A728FA047A11E135F9479A82C660AD43A6EF9FBAE969D5C14E063',X'AED2080969BF0FAE695595AC01CAC0F9BFB6A80A5061359B4299293E382FECE1',1795220221100,0);
INSERT INTO "snapshot" VALUES(51,3,2,'EXECUTING','ToolReturned','{"attempt":1,"call":"1.0.0","result":"sha256:7f53fdad6316945ba8469798ce6da8ca89861ed42e20e00857b7db5ae5a9300c","spent":{"milliseconds":13}}','{"calls":{"0":{"outcome":{"status":"ok","text":"sha256:7f53fdad6316945ba8469798ce6da8ca89861ed42e20e00857b7db5ae5a9300c"},"phase":"settled"}},"usage":{"milliseconds":13}}',6,X'2EDEC1A975FEF26EFE07DFF96BD80846AF043C223F08FFE342D3F6058628ACD2',X'C959809C178B93967B6AFEE0A5B551001558F3F700AA8C7DB0DB9B38A587CF06',1795220221114,0);
INSERT INTO "snapshot" VALUES(52,3,3,'EXECUTING','ToolFailed','{"attempt":1,"call":"1.1.0","error":"tool_error","message":"sha256:b142f5d966937fa23666dc76370dd64ecc7730e9fe72a9d99d43778b2f6f8d31","ran":"no","spent":{"milliseconds":1}}','{"calls":{"1":{"fallback":1}},"usage":{"milliseconds":14}}',8,X'44CC8F7249C9AD09D14E817C257F7D899A2D567A0EAA8334A5298D6DB73DCFFA',X'73545987BA041DFF63EB33EBC8E168DF0B73254227F269EF38DFB2640C913200',1795220221115,1);
INSERT INTO "snapshot" VALUES(53,3,4,'EXECUTING','ToolReturned','{"attempt":1,"call":"1.1.1","result":"sha256:a6720784416c50fb80b0534d81b5d468f49b18e89737153999286dadbe205c7c","spent":{"milliseconds":1}}','{"calls":{"1":{"outcome":{"status":"ok","text":"sha256:a6720784416c50fb80b0534d81b5d468f49b18e89737153999286dadbe205c7c"},"phase":"settled"}},"usage":{"milliseconds":15}}',6,X'8AAE564B5D0B834AFA81CB45E92531A06D9D8D106DBDBF1B0EBDF8B38FFBF336',X'B854BBAB54B569693C3DE6C6808A0F187F38890184C5B14114AFC75C84E01288',1795220221116,0);
INSERT INTO "snapshot" VALUES(54,3,5,'EXECUTING','CallStarted','{"attempt":1,"call":"1.2.0"}','{"calls":{"2":{"phase":"started"}}}',10,X'2E82F73F6F500D0C93E690B2C0862E3D50C1C939FAFC95B02B86B5FDA3573D21',X'71AC2493A17F391504879C924756A49FA8635E1AC4CC64251EC18545531E9D14',1795220221116,0);
INSERT INTO "snapshot" VALUES(55,3,6,'OBSERVING','ToolReturned','{"attempt":1,"call":"1.2.0","result":"sha256:7f62a69ebc08d3ff86c2334957d2a3a259349d7285a47273c137186af6a98e84","spent":{"milliseconds":5}}','{"calls":{"2":{"outcome":{"status":"ok","text":"sha256:7f62a69ebc08d3ff86c2334957d2a3a259349d7285a47273c137186af6a98e84"},"phase":"settled"}},"usage":{"milliseconds":20}}',13,X'CC224424096119BB95DB779AB867B887CBD027F3E4520A6CE3E9C7E46FAB0CDB',X'6E2A33DCFA8219BB1E7857DC3514E228168325CCC2B309CF4C183FF99104C15B',1795220221121,0);
INSERT INTO "snapshot" VALUES(56,3,7,'PLANNING','Observed','{"turn":1}','{"calls":null,"loop":"1e1766fab85e4d96","outcomes":null,"repeats":1,"turn":2,"usage":{"model_turns":2}}',14,X'531DC162A4650F31FF4A5DFCC22533EBB841CF1E29753B5C59A894D692C21C81',X'9660F5439C9BC19F03B05919D92C56AED24926BE7FC7F0D817E7DEEB46FABCC8',1795220221121,0);
INSERT INTO "snapshot" VALUES(57,3,8,'PLANNING','PlanRefused','{"correction":"sha256:f42f364a12c53642e893ad83e5397ea7051bde0371f6fd4748911faf0b0a73b5","kind":"empty_reply","reply":"sha256:0b2c422ccb58568473b82a8aacf41049f516e3a8dd3e923f8a590ec8a33641b9","spent":{"milliseconds":8},"turn":2}','{"history":7,"refusals":1,"usage":{"milliseconds":28,"model_calls":2}}',16,X'FFEBCDA883210E8C089847803D6A5B412D958C06F1D35DEE32FD3FDC2F9D7AF5',X'9677D91277EB05A5747F9D1B2297D0764B0B77A5022A7CE6F58F25CE6DBDB445',1795220221129,0);
INSERT INTO "snapshot" VALUES(58,3,9,'AWAITING_APPROVAL','PlanMade','{"calls":[{"arguments":"sha256:00214d2c4330f797cbd74f1d84e419efeba9110d4a33827d055b7db4ed273005","asks":true,"tool":"pay"}],"kind":"calls","refusals":1,"reply":"sha256:d555707fbfc13b7af63d4365e08e192fb940a7267a2e40d841eba806f84c46af","spent":{"milliseconds":8},"turn":2}','{"calls":{"0":{"arguments":"sha256:00214d2c4330f797cbd74f1d84e419efeba9110d4a33827d055b7db4ed273005","attempts":2,"phase":"proposed","tool":"pay"}},"gates":{"approval-2.0.0-1":{"call":0,"kind":"approval","opened":1795220221137}},"history":9,"outcomes":8,"usage":{"milliseconds":36,"model_calls":3,"tool_calls":4}}',19,X'FDCC3DF8CAA4F28E35F23B65DB83A6A8D66795D1D92ED404D3FF330BC66224D7',X'2EF1B844EC4378D3E298F61EC09DD032FECBA0AE286653D76557F8C266940C5E',1795220221137,0);
INSERT INTO "snapshot" VALUES(59,3,10,'FAILED','Cancelled','{"by":"root"}','{"calls":{"0":{"outcome":{"reason":"cancelled","status":"not_run"},"phase":"settled"}},"gates":null,"reason":"cancelled"}',77,X'C1F119C633D6AA52A997DB1E0625E17EBF1A00F486F85052B800F0CEE9ECF6C7',X'4B6CE47FCA251003799DDD32DCBC81FC349DCE096CEE28828D65AEA0DE1F0B08',1795220221164,0);
INSERT INTO "snapshot" VALUES(60,4,0,'AWAITING_APPROVAL','Forked','{"edits":[{"position":2,"text":"sha256:0ea80922f44a9c8bad7be730189e87ab94efd8023251a36cc0ec64997ce30f3b"},{"position":0,"text":"sha256:ec3071faf188b98e322489d973116e910ca36415ca3cff9323a217e05edb971e"}],"parent":"2772y3lyz4k3ogqyyrrwuzamtm","parent_seq":3,"spec":"sha256:3bae776b1ef681fdbf3cb88628b8fd4d9a3958c20cb59ebbeef5871795ee8406"}','{"calls":{"0":{"arguments":"sha256:a1602ff2519aabf927467c1c65c9a860c4934fcbfd98143a2d47a7809f4aef3c","attempts":2,"outcome":{"status":"ok","text":"sha256:0ea80922f44a9c8bad7be730189e87ab94efd8023251a36cc0ec64997ce30f3b"},"phase":"settled","tool":"look"},"1":{"arguments":"sha256:f82be47cbdd17a5ec2c7f803e51a13691eedde8cb7b9c3a4678d25f92c1f30a7","attempts":2,"fallback":1,"phase":"ready","tool":"look"},"2":{"arguments":"sha256:57398c693b14c05732fbae4d6153486c976ff031b3c7bc6588365f3ff216e6df","attempts":2,"phase":"proposed","tool":"put"}},"gates":{"approval-1.2.0-1":{"call":2,"kind":"approval","opened":1795220221236}},"history":5,"outcomes":2,"spec":"sha256:3bae776b1ef681fdbf3cb88628b8fd4d9a3958c20cb59ebbeef5871795ee8406","turn":1,"usage":{"model_turns":1}}',79,X'CC3C0FA3C809A7D41193C15BDD645DB4F03C2F09252CDEA98498AAA5EEDBB27F',X'DDDC80465DA53DD0B5961F71BD991D2D76355AA9E04ECE2DCE389CC7FF032989',1795220221236,0);
INSERT INTO "snapshot" VALUES(61,5,0,'AWAITING_APPROVAL','Forked','{"parent":"2772y3lyz4k3ogqyyrrwuzamtm","parent_seq":26,"spec":"sha256:b546850c3c705f014b4cd1a8e52de7ca93a0ba0301aa35384680c505cf364edb"}','{"calls":{"0":{"arguments":"sha256:b005561ad3ebea60551dc41aba3cbf39593b14a55d4e92a8080d53b69aef7558","attempts":2,"phase":"proposed","tool":"pay"}},"gates":{"approval-5.0.0-1":{"call":0,"kind":"approval","opened":1795220221526}},"history":16,"outcomes":15,"spec":"sha256:b546850c3c705f014b4cd1a8e52de7ca93a0ba0301aa35384680c505cf364edb","turn":5,"usage":{"model_turns":1}}',79,X'060324ADFE45D14DCC109155181A2520843D901634A94D7D6F3343723DF1A269',X'A9462172237A4EAB361CB46CAAA34BBB20D09BEBB2CD1D59E769321869E943D1',1795220221526,0);
INSERT INTO "snapshot" VALUES(62,6,0,'PLANNING','Begun','{"goal":"sha256:82223eede0e0f39b6992d2ccdc5f2c2d2efdfac2247636f228a13b5ffe114f66","spec":"sha256:9955f68f450c60f6acc70a9cd6477cbef4542ab7863bcbc8f43d28a88380116c"}','{"history":1,"spec":"sha256:9955f68f450c60f6acc70a9cd6477cbef4542ab7863bcbc8f43d28a88380116c","turn":1,"usage":{"model_turns":1}}',2,X'1CB963F47DD41213A1E901B8D47F5EADB1E21A4C059A6ECA054A23022E810142',X'9515ADAD86A02E015C637EC0B657CCB1821A37579A04EE6E7D25B6A9BA3DE187',1795220221555,0);
INSERT INTO "snapshot" VALUES(63,6,1,'FAILED','PlanRefused','{"correction":"sha256:1b17d0d6fc392e7780752df14bbf119d7aa0e0cd1233e3584026c91df8dce649","kind":"empty_reply","reply":"sha256:0b2c422ccb58568473b82a8aacf41049f516e3a8dd3e923f8a590ec8a33641b9","turn":1}','{"history":3,"reason":"refused.empty_reply","refusals":1,"usage":{"model_calls":1}}',63,X'77B448EBC17F0D24D485AF31D023D482D21E607C4E02FFDCC9609576169780AB',X'4F9932BCB281B175DC4CEBA76E773D176499462F64B6B8ADBB9B9A33B26B4479',1795220221578,0);
INSERT INTO "snapshot" VALUES(64,7,0,'PLANNING','Begun','{"goal":"sha256:ade98956e9ad63d30d15f49f5cb3cddc1626370996564870b03724ebe1288a25","spec":"sha256:e79d1c748d8f5fc581d5c2db38d19d96b87d15b033cd41eff70c5060b3910b7c"}','{"history":1,"spec":"sha256:e79d1c748d8f5fc581d5c2db38d19d96b87d15b033cd41eff70c5060b3910b7c","turn":1,"usage":{"model_turns":1}}',2,X'71C1DF9C97076890E8A9DABBC09932F8135848C2EF62905714D36857338E1FAD',X'B96DFA274D49FBC7C95EB5422DA64B86C061E2905778C545480A824038667742',1795220221611,0);
INSERT INTO "snapshot" VALUES(65,7,1,'AWAITING_APPROVAL','PlanMade','{"calls":[{"arguments":"sha256:a1602ff2519aabf927467c1c65c9a860c4934fcbfd98143a2d47a7809f4aef3c","asks":true,"tool":"pay"}],"kind":"calls","reply":"sha256:49e0488fb6c659ddc96fd7f5872ee1287a683f32d1791626276425634b17c081","turn":1}','{"calls":{"0":{"arguments":"sha256:a1602ff2519aabf927467c1c65c9a860c4934fcbfd98143a2d47a7809f4aef3c","attempts":3,"phase":"proposed","tool":"pay"}},"gates":{"approval-1.0.0-1":{"call":0,"expires":1795220222633,"kind":"approval","opened":1795220221633}},"history":3,"outcomes":2,"usage":{"model_calls":1,"tool_calls":1}}',19,X'0EA5ECDAA5F4382ECBB59B2A1D7FC32A2F634775E8751798E71AC7E789783FC3',X'CC3BC516464A9CD2680E90BCF55083539F61893B267B95ADB55A377BC2C2A51A',1795220221633,0);
INSERT INTO "snapshot" VALUES(66,7,2,'OBSERVING','GateExpired','{"gate":"approval-1.0.0-1"}','{"calls":{"0":{"outcome":{"reason":"expired","status":"denied"},"phase":"settled"}},"gates":null}',90,X'A9F6831B7505CE0709C9C62A90BEDBCC01C5C6981BA9E20B780CFF6578FF3ECA',X'C65DE4C31B9F4C0451E1188F7D37ABCA4DF5A3A92CD384506278D727E3BD9F80',1795220222873,0);
INSERT INTO "snapshot" VALUES(67,7,3,'PLANNING','Observed','{"turn":1}','{"calls":null,"loop":"1ad1032656a2a51e","outcomes":null,"repeats":1,"turn":2,"usage":{"model_turns":2}}',14,X'D47A60E61F60045E6A71C4F3036F6B0226329C8B1FB03DBB7410512FE9EB4330',X'8B1DD9AFCB33B523BFBA2AC9FC6576D6EFE1B42148E87D164D311916D1B3927A',1795220222873,0);
INSERT INTO "snapshot" VALUES(68,7,4,'DONE','PlanMade','{"answer":"sha256:3cd67760fd07d439abb7834b5181ac76a7bba1d37358344137b26b568bc95d68","kind":"answer","reply":"sha256:8e8dc5a702feaa3e098750650fe5c7ff93b795932e9510f0bd454d31a47bbd60","spent":{"milliseconds":8},"turn":2}','{"answer":"sha256:3cd67760fd07d439abb7834b5181ac76a7bba1d37358344137b26b568bc95d68","history":4,"reason":"answered","usage":{"milliseconds":8,"model_calls":2}}',44,X'1C4F6F95B487DAF658CEF44051ADC190C46B38AEBB5499FFBC2672D32865AE46',X'C4C50FEC4556988D9C26481D82BB4739D6EECC78FB10E0CCBDF062A9990AF65E',1795220222881,0);
INSERT INTO "snapshot" VALUES(69,8,0,'PLANNING','Begun','{"goal":"sha256:3118ed60ea0bea6eb1c058e5271b2ae3a0b709044c28865b6a9e55817f0e02be","spec":"sha256:11ab51f400343fd6088912654bd5f2c21d79492056afb4a77d860358d7fa79ff"}','{"history":1,"planner":"sha256:d7d2b50736889b023243efd7b7a19c6a65c955179a6790af577800f95087975c","spec":"sha256:11ab51f400343fd6088912654bd5f2c21d79492056afb4a77d860358d7fa79ff","turn":1,"usage":{"model_turns":1}}',2,X'A1E75C5BB109D50AC701A1DC7B94109247D93311BC4E9C09B457494F7C248F3E',X'F2376B10ADE87355F0558B5EFD543AE40FEBD69E1D156BB8F36B9B2BF766DD76',1795220222940,0);
INSERT INTO "snapshot" VALUES(70,8,1,'EXECUTING','PlanMade','{"calls":[{"arguments":"sha256:d527ebfdb40b44c101768b13764884999954f3095ce0c36c52f960c4ab206bd6","tool":"first"}],"kind":"calls","planner":"sha256:2d0ed49c2cbed0ff760a66a366854cff9a700cd89c61b016ac5d008062949c47","reply":"sha256:109894b813ef3e740cd1348e21aead933898780ce752db552ee62c7a63f3a5ea","turn":1}','{"calls":{"0":{"arguments":"sha256:d527ebfdb40b44c101768b13764884999954f3095ce0c36c52f960c4ab206bd6","attempts":1,"phase":"ready","tool":"first"}},"counts":{"first":1},"history":3,"outcomes":2,"planner":"sha256:2d0ed49c2cbed0ff760a66a366854cff9a700cd89c61b016ac5d008062949c47","usage":{"model_calls":1,"tool_calls":1}}',4,X'5183BE3AE459455F6857A2A2DA0DF3174870EB57F2B14A011ACB81190196037B',X'64848F82818DF0A0502C512C88E3D5D4E35103A0CEF6757EE8F2CE5117CE1101',1795220222961,0);
INSERT INTO "snapshot" VALUES(71,8,2,'EXECUTING','CallStarted','{"attempt":1,"call":"1.0.0"}','{"calls":{"0":{"phase":"started"}}}',10,X'52A1B1D10DB58244C7FF804BE5BD4C8584E7A3C2CC9ECF9F109C0BF2EAACD05D',X'DF65D0493868F473CF6965737AADC665962D68A5721BC8B83A66DBDAF768FD13',1795220222962,0);
INSERT INTO "snapshot" VALUES(72,9,0,'PLANNING','Begun','{"goal":"sha256:be662ff2f0310e896490b880273b5c03b640b7775a418d8445d93e7e5adc8975","spec":"sha256:d7f37aa3b39ee9213a39a0779f45ad094d84d8a85164a8535bf5cf51be222562"}','{"history":1,"spec":"sha256:d7f37aa3b39ee9213a39a0779f45ad094d84d8a85164a8535bf5cf51be222562","turn":1,"usage":{"model_turns":1}}',2,X'64DCC78B5DE7FF17934F36EA0AD1178A6085720C3A459C0BFF14079CF6A47542',X'61C3955C9F5B53D2EB649146C34F5682161517B5DBC7A045B7C21AAE62EE6BBF',1795220222970,0);
INSERT INTO "snapshot" VALUES(73,9,1,'DONE','PlanMade','{"answer":"sha256:2cb1573526fbcfb9032b62a5643a16379d381d3cedee1a7d38503e14c3322e5c","kind":"answer","reply":"sha256:7dc7a2d57899eb4cf86aed13509b06417905caa066fa58e90090e8959f1031f0","turn":1}','{"answer":"sha256:2cb1573526fbcfb9032b62a5643a16379d381d3cedee1a7d38503e14c3322e5c","history":2,"reason":"answered","usage":{"model_calls":1}}',44,X'574F72E5E67394E1F78C0E5BC5C46B428B36B4323B4B01F1008D25514ACA2069',X'4A659B8B5D176BF2ACBB4CBAE6BC3E5C1D986D0F46AA25445C00215C00B07823',1795220222994,0);
INSERT INTO "snapshot" VALUES(74,8,3,'OBSERVING','ToolReturned','{"attempt":1,"call":"1.0.0","result":"sha256:a690c3a26a4c80c0c673d796cee330551120aee2d8aba95a1f90cdcb5803c188","spent":{"milliseconds":43}}','{"calls":{"0":{"outcome":{"status":"ok","text":"sha256:a690c3a26a4c80c0c673d796cee330551120aee2d8aba95a1f90cdcb5803c188"},"phase":"settled"}},"usage":{"milliseconds":43}}',13,X'06217699FF2A95E364FCE37C15915E87793046955FB55897FA4501B04426D9B6',X'6AAC420C0B6617206AF3A31047899381F26D0ACDE9881C1E98F730B0AA58A899',1795220223005,35);
INSERT INTO "snapshot" VALUES(75,8,4,'PLANNING','Observed','{"planner":"sha256:d15f59ce18719ea89f610c3dde8720d8d4bfe8addf8ce3b384ebdc6f3180bc34","turn":1}','{"calls":null,"outcomes":null,"planner":"sha256:d15f59ce18719ea89f610c3dde8720d8d4bfe8addf8ce3b384ebdc6f3180bc34","turn":2,"usage":{"model_turns":2}}',14,X'806AB3204F6DA6C1E0D88C91A0F74DEF8921A0DF613C58D36EB5E18A7620C1A1',X'39AF6B1A1CE8E905C3F8F7E337D93727177190D4D157647D7AF3F621D1156E40',1795220223005,0);
INSERT INTO "snapshot" VALUES(76,8,5,'EXECUTING','PlanMade','{"calls":[{"arguments":"sha256:c2fdf3217a07987cda9e7ffcb1461c7898811f9af7dbd2fbdc0fba0315910f25","tool":"second"}],"kind":"calls","planner":"sha256:852a750e7180a4d45f69bc944cf00ce41cb4c61534a38bb991ca4c3958b622dd","reply":"sha256:aa0c4e5429495ac18b6079ce65b30bb371c106ed989c554abffd82e2dc2eee7c","spent":{"milliseconds":11},"turn":2}','{"calls":{"0":{"arguments":"sha256:c2fdf3217a07987cda9e7ffcb1461c7898811f9af7dbd2fbdc0fba0315910f25","attempts":1,"phase":"ready","tool":"second"}},"counts":{"second":1},"history":5,"outcomes":4,"planner":"sha256:852a750e7180a4d45f69bc944cf00ce41cb4c61534a38bb991ca4c3958b622dd","usage":{"milliseconds":54,"model_calls":2,"tool_calls":2}}',4,X'6BC33129D68D7A54F05F3A5EEF0F823727E9B5DADF547BAA6846784F7DF1089C',X'4A5BC63BBA5DAAEC348515F78191327B88A38F7A5F8CF8FE8C0D2658243058B5',1795220223016,0);
INSERT INTO "snapshot" VALUES(77,8,6,'OBSERVING','ToolReturned','{"attempt":1,"call":"2.0.0","result":"sha256:755371e55286072662c9a78366d21f22804765305753baeca23183b0fab69cd9","spent":{"milliseconds":10}}','{"calls":{"0":{"outcome":{"status":"ok","text":"sha256:755371e55286072662c9a78366d21f22804765305753baeca23183b0fab69cd9"},"phase":"settled"}},"usage":{"milliseconds":64}}',13,X'6AF3776F122B479AAF466354213CECA70C155A2833BBE8C50F048121BBA4AED4',X'FADAD2318FB158286D5C147BFD106BB5F66E705AF6A22EA3EC51316F1BD3A2B0',1795220223026,0);
INSERT INTO "snapshot" VALUES(78,8,7,'PLANNING','Observed','{"planner":"sha256:24e29403dd694fcc32794dba4584d87cf5d90053795bfdc921de658d003a82cd","turn":2}','{"calls":null,"outcomes":null,"planner":"sha256:24e29403dd694fcc32794dba4584d87cf5d90053795bfdc921de658d003a82cd","turn":3,"usage":{"model_turns":3}}',14,X'7874ACD070E596D70903E7AD001DCC2AA427674D8B3228BC78781114F43053D0',X'4547BCA745DD4938E09A327A9CFDB354A819E0AF7D0CBEEFE5A36BAD1302371A',1795220223026,0);
INSERT INTO "snapshot" VALUES(79,8,8,'DONE','PlanMade','{"answer":"sha256:56ee9f7a50921f6b95a9230da2868beb526a1e52de300caa3085e3a01ee14565","kind":"answer","planner":"sha256:24e29403dd694fcc32794dba4584d87cf5d90053795bfdc921de658d003a82cd","reply":"sha256:f2282d70ffe08f3b8f79f7900199869f7e6eafd3169a5392149b97b02f1b98af","spent":{"milliseconds":7},"turn":3}','{"answer":"sha256:56ee9f7a50921f6b95a9230da2868beb526a1e52de300caa3085e3a01ee14565","history":6,"reason":"answered","usage":{"milliseconds":71,"model_calls":3}}',44,X'D179D259BEFEDB1CE8BF72FE7E70E6F2923EB8495340C3D998451F97D8782443',X'784937B61121027ACC64BA5F9FFB62A0CFDB639D1536B8926923B74EFA337DBE',1795220223033,0);
CREATE UNIQUE INDEX object_shared ON object (digest)
  WHERE kind IN ('spec', 'schema', 'prompt', 'guards');
CREATE INDEX run_folder ON run (folder);
CREATE INDEX run_name ON run (name) WHERE name <> '';
CREATE INDEX run_parent ON run (parent) WHERE parent IS NOT NULL;
CREATE TRIGGER run_stays BEFORE DELETE ON run
  WHEN NOT EXISTS (SELECT 1 FROM pruning WHERE run = OLD.key)
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never deleted'); END;
CREATE TRIGGER snapshot_stays BEFORE DELETE ON snapshot
  WHEN NOT EXISTS (SELECT 1 FROM pruning WHERE run = OLD.run)
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never deleted'); END;
CREATE TRIGGER message_stays BEFORE DELETE ON message
  WHEN NOT EXISTS (SELECT 1 FROM pruning WHERE run = OLD.run)
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never deleted'); END;
CREATE TRIGGER extra_stays BEFORE DELETE ON extra
  WHEN NOT EXISTS (SELECT 1 FROM pruning WHERE run = OLD.run)
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never deleted'); END;
CREATE TRIGGER decision_stays BEFORE DELETE ON decision
  WHEN NOT EXISTS (SELECT 1 FROM pruning WHERE run = OLD.run)
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never deleted'); END;
CREATE TRIGGER object_stays BEFORE DELETE ON object
  WHEN NOT EXISTS (SELECT 1 FROM pruning)
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never deleted'); END;
CREATE TRIGGER object_same BEFORE UPDATE ON object
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never changed'); END;
CREATE TRIGGER run_same BEFORE UPDATE ON run
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never changed'); END;
CREATE TRIGGER snapshot_same BEFORE UPDATE ON snapshot
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never changed'); END;
CREATE TRIGGER message_same BEFORE UPDATE ON message
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never changed'); END;
CREATE TRIGGER extra_same BEFORE UPDATE ON extra
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never changed'); END;
CREATE TRIGGER decision_same BEFORE UPDATE ON decision
  BEGIN SELECT RAISE(ABORT, 'what a run has recorded is never changed'); END;
CREATE VIEW snapshot_view AS
  SELECT run.id AS run, s.seq, s.state, s.event, s.event_body,
    (WITH RECURSIVE folded (seq, body) AS (
       SELECT f.seq, f.body FROM snapshot f WHERE f.run = s.run AND f.seq = s.seq - s.seq % 16
       UNION ALL
       SELECT n.seq, json_patch(folded.body, n.body)
         FROM folded JOIN snapshot n ON n.run = s.run AND n.seq = folded.seq + 1 WHERE folded.seq < s.seq
     )
     SELECT json_set(folded.body, '$.run', run.id, '$.seq', s.seq, '$.at', s.at, '$.state', s.state)
       FROM folded WHERE folded.seq = s.seq) AS body,
    'sha256:' || lower(hex(s.digest)) AS digest, 'sha256:' || lower(hex(s.chain)) AS chain, s.at, s.took
  FROM snapshot s JOIN run ON run.key = s.run;
CREATE VIEW clicks_view AS
  SELECT run.id AS run, s.seq, s.state, s.event, s.event_body, s.body AS changed, g.body AS guards,
    'sha256:' || lower(hex(s.digest)) AS digest, s.at, s.took
  FROM snapshot s JOIN run ON run.key = s.run JOIN object g ON g.id = s.guards;
CREATE VIEW runs_view AS
  SELECT run.id, run.name, run.goal, s.state, s.seq, s.at, run.created, run.folder, p.id AS parent, run.parent_seq
  FROM run JOIN snapshot s ON s.run = run.key AND s.seq = (SELECT max(seq) FROM snapshot WHERE run = run.key)
  LEFT JOIN run p ON p.key = run.parent;
CREATE VIEW messages_view AS
  SELECT run.id AS run, m.position, m.seq, o.kind, o.body
  FROM message m JOIN run ON run.key = m.run JOIN object o ON o.id = m.object;
CREATE VIEW decisions_view AS
  SELECT run.id AS run, d.gate, d.kind, d.seq, d.how, d."by", d.at,
    (SELECT o.body FROM (
       SELECT object FROM extra WHERE run = d.run AND seq = d.seq
       UNION ALL
       SELECT object FROM message WHERE run = d.run AND seq = d.seq
     ) AS written JOIN object o ON o.id = written.object
     WHERE json_extract(s.event_body, '$.gate') = d.gate AND 'sha256:' || lower(hex(o.digest)) IN (
       json_extract(s.event_body, '$.reason'), json_extract(s.event_body, '$.answer'),
       json_extract(s.event_body, '$.result'), json_extract(s.event_body, '$.arguments')
     ) LIMIT 1) AS text
  FROM decision d JOIN run ON run.key = d.run JOIN snapshot s ON s.run = d.run AND s.seq = d.seq;
CREATE VIEW calls_view AS
  WITH planned AS (
    SELECT s.run, s.seq, c.key AS place, json_extract(s.event_body, '$.turn') AS turn,
      json_extract(c.value, '$.tool') AS proposed, json_extract(s.body, '$.outcomes') + c.key AS position,
      (SELECT n.seq FROM snapshot n WHERE n.run = s.run AND n.seq >= s.seq
         AND json_type(n.body, '$.calls."' || c.key || '".outcome') = 'object'
       ORDER BY n.seq LIMIT 1) AS settled
    FROM snapshot s, json_each(s.event_body, '$.calls') c
    WHERE s.event = 'PlanMade' AND json_type(s.body, '$.calls."' || c.key || '"') = 'object'
  ), tried AS (
    SELECT planned.*,
      (SELECT coalesce(max(json_extract(n.body, '$.calls."' || place || '".fallback')), 0) FROM snapshot n
       WHERE n.run = planned.run AND n.seq >= planned.seq AND (settled IS NULL OR n.seq <= settled)) AS fallback
    FROM planned
  ), named AS (
    SELECT tried.*, run.id, o.body AS spec,
      CASE fallback WHEN 0 THEN proposed ELSE (
        SELECT json_extract(t.value, '$.fallback[' || (fallback - 1) || ']') FROM json_each(o.body, '$.tools') t
        WHERE json_extract(t.value, '$.name') = proposed) END AS tool
    FROM tried JOIN run ON run.key = tried.run JOIN object o ON o.id = run.spec
  )
  SELECT c.id AS run, c.seq, c.turn || '.' || c.place || '.' || c.fallback AS call, c.tool,
    coalesce(
      (SELECT o.body FROM snapshot e JOIN extra x ON x.run = e.run AND x.seq = e.seq JOIN object o ON o.id = x.object
       WHERE e.run = c.run AND e.seq >= c.seq AND (c.settled IS NULL OR e.seq <= c.settled) AND o.kind = 'arguments'
         AND json_extract(e.body, '$.calls."' || c.place || '".arguments') = 'sha256:' || lower(hex(o.digest))
       ORDER BY e.seq DESC LIMIT 1),
      (SELECT json_extract(o.body, '$.calls[' || c.place || '].arguments') FROM message m
       JOIN object o ON o.id = m.object
       WHERE m.run = c.run AND m.position = c.position - c.place - 1 AND o.kind = 'turn')
    ) AS arguments,
    (SELECT json_extract(t.value, '$.effect') FROM json_each(c.spec, '$.tools') t
     WHERE json_extract(t.value, '$.name') = c.tool) AS effect,
    json_extract(s.body, '$.calls."' || c.place || '".outcome.status') AS status,
    json_extract(s.body, '$.calls."' || c.place || '".outcome.reason') AS reason, c.settled, o.body AS result
  FROM named c LEFT JOIN snapshot s ON s.run = c.run AND s.seq = c.settled
  LEFT JOIN message m ON m.run = s.run AND m.position = c.position
  LEFT JOIN object o ON o.id = m.object;
CREATE VIEW texts_view AS
  SELECT run.id AS run, e.seq, e.place, o.kind, o.body
  FROM extra e JOIN run ON run.key = e.run JOIN object o ON o.id = e.object;
CREATE VIEW rules_view AS
  SELECT run.id AS run, r.rule, r.at FROM rule r JOIN run ON run.key = r.run;
CREATE VIEW inbox_view AS
  SELECT run.id AS run, i.id, i.kind, i.body, i.at, i.refused FROM inbox i JOIN run ON run.key = i.run;
CREATE VIEW drivers_view AS
  SELECT run.id AS run, d.pid, d.start_time, d.boot_id, d.head_seq, d.at, d.ended
  FROM driver d JOIN run ON run.key = d.run;
CREATE INDEX inbox_run ON inbox (run);
CREATE INDEX driver_run ON driver (run);
CREATE UNIQUE INDEX idx__sqlite_migrations_migration_set_name ON _sqlite_migrations (migration_set, name);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('run',9);
COMMIT;
PRAGMA application_id = 1685352052;
PRAGMA user_version = 2;
