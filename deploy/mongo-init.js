// Makes the replica set, and the user as whom the servers come. Finds both when it runs again.
const address = `mongodb://root:${encodeURIComponent(process.env.MONGODB_ROOT_PASSWORD)}@mongo-1/admin?directConnection=true`;
const admin = connect(address);

try {
  admin.adminCommand({ replSetGetStatus: 1 });
} catch (error) {
  if (error.codeName !== "NotYetInitialized") throw error;
  const members = [1, 2, 3].map((number) => ({ _id: number, host: `mongo-${number}:27017` }));
  admin.adminCommand({ replSetInitiate: { _id: "rs0", members } });
}

while (!admin.hello().isWritablePrimary && !admin.hello().primary) sleep(500);

const primary = connect(address.replace("mongo-1/", "mongo-1,mongo-2,mongo-3/").replace("directConnection=true", "replicaSet=rs0"));
const account = { pwd: process.env.MONGODB_PASSWORD, roles: [{ role: "readWrite", db: "flowra" }] };
if (primary.getUser("flowra")) primary.updateUser("flowra", account);
else primary.createUser({ user: "flowra", ...account });
