namespace FaceId.Infrastructure.Users.Imports;

/// <summary>Cuts a stream into its lines, or the records of a CSV file, whose quoted fields may hold line ends. Memory is bounded by the longest one allowed.</summary>
internal sealed class RecordReader(Stream stream, bool quoted)
{
    /// <summary>Twenty faces with all their digits take a tenth of it.</summary>
    public const int MaxLength = 1024 * 1024;

    private const int BlockSize = 256 * 1024;

    private byte[] _buffer = new byte[2 * BlockSize];
    private int _start;
    private int _end;
    private int _looked;
    private bool _inQuotes;
    private bool _ended;
    private bool _tooLong;
    private long _line = 1;
    private long _linesInRecord;

    /// <summary>How many bytes have been read.</summary>
    public long BytesRead { get; private set; }

    /// <summary>The first bytes, as many as are there, up to a block.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> PeekAsync(CancellationToken cancellationToken)
    {
        await FillAsync(cancellationToken);
        return _buffer.AsMemory(_start, _end - _start);
    }

    public void Skip(int bytes)
    {
        _start += bytes;
        _looked = _start;
    }

    /// <summary>The next record that is in memory already, without its line end. Its bytes stay until the next <see cref="FillAsync"/>.</summary>
    public bool TryNext(out RawRecord record)
    {
        if (FindEnd())
        {
            record = Cut(_looked);
            _start = ++_looked;
            return true;
        }

        if (_ended && (_start < _end || _tooLong))
        {
            record = Cut(_end);
            _start = _looked = _end;
            return true;
        }

        if (_end - _start > MaxLength)
        {
            // What is too long is passed over; an open quote that swallows line after line ends here too.
            _tooLong = true;
            _inQuotes = false;
            _start = _looked = _end;
        }

        record = default;
        return false;
    }

    /// <summary>Reads more.</summary>
    /// <returns>False when there is no more.</returns>
    public async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_ended)
        {
            return false;
        }

        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _looked -= _start;
            _start = 0;
        }

        if (_buffer.Length - _end < BlockSize)
        {
            Array.Resize(ref _buffer, _buffer.Length + 2 * BlockSize);
        }

        var wanted = _end + BlockSize;
        while (_end < wanted)
        {
            var read = await stream.ReadAsync(_buffer.AsMemory(_end, wanted - _end), cancellationToken);
            if (read == 0)
            {
                _ended = true;
                break;
            }

            _end += read;
            BytesRead += read;
        }

        return true;
    }

    /// <summary>Looks on for the line end that ends the record.</summary>
    private bool FindEnd()
    {
        while (true)
        {
            var rest = _buffer.AsSpan(_looked, _end - _looked);
            var found = quoted ? rest.IndexOfAny((byte)'\n', (byte)'"') : rest.IndexOf((byte)'\n');
            if (found < 0)
            {
                _looked = _end;
                return false;
            }

            _looked += found;
            if (_buffer[_looked] == '"')
            {
                _inQuotes = !_inQuotes;
                _looked++;
                continue;
            }

            _linesInRecord++;
            if (!_inQuotes)
            {
                return true;
            }

            _looked++;
        }
    }

    private RawRecord Cut(int end)
    {
        _tooLong |= end - _start > MaxLength;
        var bytes = _tooLong ? default : _buffer.AsMemory(_start, end - _start);
        if (!bytes.IsEmpty && bytes.Span[^1] == '\r')
        {
            bytes = bytes[..^1];
        }

        var record = new RawRecord(_line, bytes, _tooLong);
        _line += Math.Max(1, _linesInRecord);
        _linesInRecord = 0;
        _tooLong = false;
        return record;
    }
}

/// <param name="Line">Where it begins, from 1.</param>
/// <param name="IsTooLong">Longer than <see cref="RecordReader.MaxLength"/>; its bytes are not kept.</param>
internal readonly record struct RawRecord(long Line, ReadOnlyMemory<byte> Bytes, bool IsTooLong);
