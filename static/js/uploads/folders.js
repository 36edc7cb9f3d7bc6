// What a folder holds: pictures, and what systems and programs keep beside them.

const PICTURE = /\.(jpe?g|jpe|jfif?|jif|png|webp|hei[cf]|hif|avif|tiff?|gif|mpo)$/i;

// Everything that begins with a dot (.trash, .thumbnails, ._IMG_1.jpg), the folders of network drives
// (@eaDir, #recycle), of Windows and of archives from a Mac, and previews of Lightroom and Photos.
const RUBBISH = new RegExp(
  "^(?:.*?/)??(?:\\.[^/]+" +
    "|@eaDir|@Recycle|@Recently-Snapshot|#recycle|#snapshot" +
    "|\\$RECYCLE\\.BIN|RECYCLER|System Volume Information|__MACOSX|lost\\+found" +
    "|[^/]+\\.(?:lrdata|lrcat-data)" +
    "|[^/]+\\.photoslibrary/(?!originals/|Masters/)[^/]+" +
    ")(?=/|$)",
  "i",
);

// The part of a path that ends with rubbish: what lies in it is rubbish too.
export const rubbishIn = (path) => RUBBISH.exec(path)?.[0];

export const isPicture = (name) => PICTURE.test(name);

// What a Mac keeps beside a file on a disk of another system: it has the file's name, and no picture.
export const isMacsOwn = (name) => name.startsWith("._");
