// execFile
let childProcess = execFile("node",['./test/sub_process'],function(err,stdout,stdin){
    console.log(stdout); 
});
// exec
let childProcess = exec("node './test/sub_process'",function(err,stdout,stdin){
    console.log(stdout)
});
