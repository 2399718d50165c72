using System.Buffers;
using System.Text;
using ErrorOr;
using FaceId.Application.Faces;
using FaceId.Domain.Common;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace FaceId.Web.Http;

/// <summary>
/// The photos of one request: parts of a multipart body by their field names, or the raw body where one photo is expected. Bytes
/// go straight into pooled memory, never to disk, and no more of them are read than the cap allows. Memory grows with the bytes that
/// came, whatever was announced. Read on one thread.
/// </summary>
internal sealed class UploadedPhotos : IDisposable
{
    private const int FirstBuffer = 256 * 1024;

    // Multipart headers and boundaries come on top of the photos.
    private const int Framing = 64 * 1024;

    // A method, a password, a code and a session are the most that is asked for beside the photos; each part has a buffer.
    private const int MaxTexts = 7;

    private const int MaxText = 4096;

    private readonly HttpRequest _request;
    private readonly int _maxBytes;
    private readonly int _maxParts;
    private readonly Dictionary<string, PhotoFile> _arrived = [];
    private MultipartReader? _reader;
    private long _budget;
    private bool _ended;

    /// <param name="photos">How many photos the body may hold.</param>
    public UploadedPhotos(HttpRequest request, int maxBytes, int photos)
    {
        _request = request;
        _maxBytes = maxBytes;
        _maxParts = photos + MaxTexts;
        _budget = (long)maxBytes * photos + Framing;

        // The limits are kept here and not by Kestrel, which would break the connection off before a client that is still
        // sending has read the refusal. What is left of a body after the answer, Kestrel reads for five seconds at most.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = null;
        }
    }

    /// <summary>The photo in this field of a multipart body; a body that is not multipart is the photo itself.</summary>
    public IPhoto Field(string name) => new UploadedPhoto(this, name);

    /// <summary>A short text that came in a field beside the photos; null when there is none.</summary>
    public async Task<string?> TextAsync(string name, CancellationToken cancellationToken)
    {
        var part = await ReadAsync(name, cancellationToken);
        if (part.IsError)
        {
            return null;
        }

        using var file = part.Value;
        return file.Bytes.Length <= MaxText ? Encoding.UTF8.GetString(file.Bytes.Span) : null;
    }

    public void Dispose()
    {
        foreach (var file in _arrived.Values)
        {
            file.Dispose();
        }
    }

    private async Task<ErrorOr<PhotoFile>> ReadAsync(string field, CancellationToken cancellationToken)
    {
        if (_request.ContentLength > _budget)
        {
            return TooLarge();
        }

        try
        {
            return Boundary() is { } boundary
                ? await ReadPartAsync(boundary, field, cancellationToken)
                : await ReadBytesAsync(_request.Body, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            // The client went away, or sent less than it announced, or its multipart framing is broken.
            cancellationToken.ThrowIfCancellationRequested();
            return FaceErrors.ImageUnreadable("the upload broke off or is not well-formed multipart.");
        }
    }

    private string? Boundary() =>
        MediaTypeHeaderValue.TryParse(_request.ContentType, out var type)
        && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            ? HeaderUtilities.RemoveQuotes(type.Boundary).Value ?? ""
            : null;

    private async Task<ErrorOr<PhotoFile>> ReadPartAsync(string boundary, string field, CancellationToken cancellationToken)
    {
        if (_arrived.Remove(field, out var earlier))
        {
            return earlier;
        }

        if (boundary.Length is 0 or > 100)
        {
            return FaceErrors.ImageUnreadable("the multipart body has no usable boundary.");
        }

        _reader ??= new MultipartReader(boundary, _request.Body);
        while (!_ended)
        {
            if (await _reader.ReadNextSectionAsync(cancellationToken) is not { } section)
            {
                _ended = true;
                break;
            }

            if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition)
                || HeaderUtilities.RemoveQuotes(disposition.Name).Value is not { Length: > 0 } name)
            {
                continue;
            }

            var file = await ReadBytesAsync(section.Body, cancellationToken);
            if (name == field || file.IsError)
            {
                return file;
            }

            if (_arrived.Count == _maxParts)
            {
                file.Value.Dispose();
                return FaceErrors.ImageUnreadable("the multipart body has too many fields.");
            }

            // Another field that came first; one of the same name again replaces it.
            if (_arrived.Remove(name, out var replaced))
            {
                replaced.Dispose();
            }

            _arrived.Add(name, file.Value);
        }

        return Invalid.Field(field, $"The multipart body has no field '{field}' with an image.");
    }

    private async Task<ErrorOr<PhotoFile>> ReadBytesAsync(Stream stream, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
        var length = 0;
        var kept = false;
        try
        {
            while (true)
            {
                var read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken);
                length += read;
                _budget -= read;
                if (length > _maxBytes || _budget < 0)
                {
                    return TooLarge();
                }

                if (read == 0)
                {
                    kept = length > 0;
                    return kept ? new PhotoFile(buffer, length) : FaceErrors.ImageUnreadable("it is empty.");
                }

                if (length == buffer.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent(Math.Min(buffer.Length * 2, _maxBytes + 1));
                    buffer.AsSpan(0, length).CopyTo(larger);
                    Return(buffer, length);
                    buffer = larger;
                }
            }
        }
        finally
        {
            if (!kept)
            {
                Return(buffer, length);
            }
        }
    }

    private static void Return(byte[] buffer, int used)
    {
        buffer.AsSpan(0, used).Clear();
        ArrayPool<byte>.Shared.Return(buffer);
    }

    private Error TooLarge() => FaceErrors.ImageTooLarge($"{_maxBytes / (1024 * 1024)} MiB are allowed.");

    private sealed class UploadedPhoto(UploadedPhotos photos, string field) : IPhoto
    {
        public Task<ErrorOr<PhotoFile>> ReadAsync(CancellationToken cancellationToken) => photos.ReadAsync(field, cancellationToken);
    }
}
