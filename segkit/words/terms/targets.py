"""Columns of candidates and the choice of targets."""

from __future__ import annotations

from segkit.words.terms.term import Term

COLUMNS = (
    # targeting
    Term("action", "Action", "Việc cần làm", "message", "",
         "What to do with the group: a proposal that the study can change, not a result.",
         "Việc nên làm với nhóm này: một đề xuất mà nghiên cứu có thể thay, không phải kết quả tính toán."),
    Term("channel", "Channel", "Kênh", "message", "",
         "How to reach the group: a proposal that the study can change.",
         "Cách tiếp cận nhóm này: một đề xuất mà nghiên cứu có thể thay."),
    Term("owner", "Who does it", "Ai phụ trách", "message", "",
         "The department whose task it is: a proposal that the study can change.",
         "Bộ phận phụ trách: một đề xuất mà nghiên cứu có thể thay."),
    Term("trial", "How to test it", "Cách kiểm chứng", "message", "",
         "What to compare, to learn whether the action brought anything: a proposal that the study can change.",
         "Cần so sánh gì để biết việc làm có tác dụng không: một đề xuất mà nghiên cứu có thể thay."),
    Term("question", "Question", "Câu hỏi", "message", "",
         "One of the five questions every target segment has to pass.",
         "Một trong năm câu hỏi mà mọi phân khúc mục tiêu đều phải vượt qua."),
    Term("measure", "Measure", "Thước đo", "message", "",
         "The number that answers the question.",
         "Con số dùng để trả lời câu hỏi."),
    Term("all_customers", "All customers", "Toàn bộ khách hàng", "number", "",
         "The same measure among all customers, to compare with.",
         "Cũng thước đo đó tính trên mọi khách hàng, để so sánh."),
    Term("at_least", "Enough is", "Mức đủ", "number", "",
         "The limit the value must reach for a yes. It is judgement, set in the study.",
         "Ngưỡng phải đạt để trả lời “có”. Ngưỡng này do người làm nghiên cứu đặt ra."),
    Term("answer", "Answer", "Trả lời", "message", "",
         "Yes, no, or open where no data answer the question.",
         "Có, không, hoặc để ngỏ khi không có dữ liệu để kết luận."),
    Term("because", "Why this measure", "Vì sao dùng thước đo này", "message", "",
         "The reason this measure stands for the question.",
         "Lý do chọn con số này để trả lời câu hỏi."),
    Term("attractiveness_score", "Attractiveness", "Mức hấp dẫn", "index", "higher",
         "Weighted points of the criteria. 100 is as all customers are, 120 a fifth better.",
         "Điểm có trọng số của các tiêu chí. 100 là bằng mức chung của mọi khách hàng, 120 là tốt hơn một phần năm.",
         ("attractiveness",), ("mức hấp dẫn",)),
    Term("attractiveness_low", "Attractiveness, low", "Mức hấp dẫn, cận dưới", "index", "",
         "Lower end of the 95% interval of the attractiveness, over other customers of the same kind, at the given "
         "weights.",
         "Giới hạn dưới của khoảng tin cậy 95% của mức hấp dẫn, nếu chọn lại các khách hàng cùng kiểu và giữ nguyên "
         "trọng số."),
    Term("attractiveness_high", "Attractiveness, high", "Mức hấp dẫn, cận trên", "index", "",
         "Upper end of the 95% interval of the attractiveness, over other customers of the same kind, at the given "
         "weights.",
         "Giới hạn trên của khoảng tin cậy 95% của mức hấp dẫn, nếu chọn lại các khách hàng cùng kiểu và giữ nguyên "
         "trọng số."),
    Term("segment_rank", "Rank", "Thứ hạng", "count", "lower",
         "Place of the segment by attractiveness; 1 is the first choice.",
         "Vị trí của phân khúc theo mức hấp dẫn; 1 là lựa chọn đầu tiên."),
    Term("first_share", "Comes first", "Tỷ lệ đứng đầu", "percent", "higher",
         "Share of draws of other customers and weights in which the segment comes first. Below 95% no candidate is "
         "clearly first.",
         "Tỷ lệ các lần chọn lại khách hàng và trọng số mà phân khúc đứng đầu. Dưới 95% thì chưa thể nói phân khúc nào"
         " đứng đầu rõ ràng."),
    Term("knocked_out_by", "Knocked out by", "Bị loại bởi", "column", "",
         "The knock-out criterion the segment failed; empty if it passed all.",
         "Tiêu chí loại mà phân khúc không đạt; để trống nếu đạt mọi tiêu chí."),
    Term("first_criterion", "Criterion", "Tiêu chí", "column", "",
         "One of two criteria that are compared.",
         "Một trong hai tiêu chí được so sánh."),
    Term("second_criterion", "With criterion", "Với tiêu chí", "column", "",
         "The other of two criteria that are compared.",
         "Tiêu chí còn lại được so sánh."),
    Term("rank_correlation", "Rank correlation", "Tương quan hạng", "decimal", "",
         "How closely two criteria go together over the customers: 0 not at all, 1 or −1 one says all of the "
         "other.",
         "Mức độ hai tiêu chí đi cùng nhau trên các khách hàng: 0 là không liên quan, 1 hoặc −1 là tiêu chí này nói hết"
         " về tiêu chí kia.", ("rank correlation",), ("tương quan hạng",)),
    Term("joint_weight", "Weight of both", "Trọng số của cả hai", "percent", "",
         "How much two criteria count together in the score.",
         "Mức đóng góp của cả hai tiêu chí vào điểm số."),
    Term("criterion_weight", "Weight", "Trọng số", "percent", "",
         "How much a criterion counts in the score; all weights add up to 100%.",
         "Mức đóng góp của một tiêu chí vào điểm số; các trọng số cộng lại bằng 100%.",
         ("weights", "weighting", "weightings"), ("trọng số",)),
)
